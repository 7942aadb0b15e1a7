// Futhark's server protocol, as a program in Node would use it: commands as lines of text, values
// as files in Futhark's binary format. https://futhark.readthedocs.io/en/stable/server-protocol.html

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Contestant, checkScaled, ramp, timed } from "../contestant.ts";

/** `b`, version 2, rank, type in four letters, dimensions: then the elements. */
const HEAD_BYTES = 1 + 1 + 1 + 4;

function encode(values: Float32Array | Int32Array, rank: 0 | 1): Buffer {
  const type = values instanceof Float32Array ? " f32" : " i32";
  const head = Buffer.alloc(HEAD_BYTES + 8 * rank);
  head.set([98, 2, rank, ...Buffer.from(type)]);
  if (rank === 1) head.writeBigInt64LE(BigInt(values.length), HEAD_BYTES);
  const body = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([head, body]);
}

class Server {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** A folder in memory if the system has one, so that the disk is not measured. */
  readonly folder = mkdtempSync(
    join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "futhark-bridge-bench-"),
  );

  constructor(program: string) {
    const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  /** Reads to the end of an answer. */
  async answered(): Promise<void> {
    for (const said: string[] = []; ; ) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`futhark server ended early: ${said.join("\n")}`);
      if (value !== "%%% OK") said.push(value);
      else if (!said.includes("%%% FAILURE")) return;
      else throw new Error(`futhark server: ${said.join("\n")}`);
    }
  }

  async command(...words: readonly string[]): Promise<void> {
    this.#child.stdin?.write(`${words.join(" ")}\n`);
    await this.answered();
  }

  async restore(name: string, type: string, content: Buffer): Promise<void> {
    const file = join(this.folder, "in");
    writeFileSync(file, content);
    await this.command("restore", file, name, type);
  }

  /** The bytes of a value, after its header. */
  async store(name: string, rank: 0 | 1): Promise<ArrayBuffer> {
    const file = join(this.folder, "out");
    await this.command("store", file, name);
    const { buffer, byteOffset, byteLength } = readFileSync(file);
    return buffer.slice(byteOffset + HEAD_BYTES + 8 * rank, byteOffset + byteLength) as ArrayBuffer;
  }

  close(): void {
    this.#child.stdin?.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function server(program: string): Promise<Contestant> {
  const futhark = new Server(program);
  await futhark.answered();
  await futhark.restore("k", "f32", encode(Float32Array.of(2), 0));
  const call = async (): Promise<number | undefined> => {
    await futhark.restore("x", "i32", encode(Int32Array.of(41), 0));
    await futhark.command("call", "add_one", "y", "x");
    const [result] = new Int32Array(await futhark.store("y", 0));
    await futhark.command("free", "x", "y");
    return result;
  };
  const roundTrip = async (input: Float32Array): Promise<Float32Array> => {
    await futhark.restore("xs", "[]f32", encode(input, 1));
    await futhark.command("call", "scale", "ys", "k", "xs");
    const result = new Float32Array(await futhark.store("ys", 1));
    await futhark.command("free", "xs", "ys");
    return result;
  };
  const chain = async (input: Float32Array, count: number): Promise<void> => {
    await futhark.restore("v0", "[]f32", encode(input, 1));
    for (let i = 0; i < count; i++) {
      await futhark.command("call", "step", `v${i + 1}`, `v${i}`);
      await futhark.command("free", `v${i}`);
    }
    await futhark.command("free", `v${count}`);
  };
  return {
    name: "server",
    close: () => futhark.close(),
    prepare: async (what, size) => {
      if (what === "call") {
        if ((await call()) !== 42) throw new Error("futhark server: expected 42");
        return (count) => timed(count, call);
      }
      if (what !== "chain" && what !== "array") return undefined;
      const input = ramp(size);
      if (what === "chain") return (count) => timed(1, () => chain(input, count));
      checkScaled("futhark server", await roundTrip(input), size);
      return (count) => timed(count, () => roundTrip(input));
    },
  };
}
