// Loads a server while its workers are killed, and prints what became of the requests.
//
//   node --import tsx test/servers/load.ts node-http|fastify [SECONDS [CONNECTIONS [RETRIES]]]
//
// The server runs in a process of its own; each answer is compared with a transform in JavaScript.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { residentBytes, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

/** What became of a load. */
export interface Load {
  readonly requests: number;
  readonly kills: number;
  /** How many requests had which status; 0 where there was no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly wrong: number;
  /** Calls that each worker's place did. */
  readonly calls: readonly number[];
  readonly perSecond: number;
  readonly slowestMs: number;
  /** Resident memory of server and workers, in MB: after a quarter, and at the end. */
  readonly megabytes: readonly [number, number];
}

export interface LoadOptions {
  readonly recipe: "node-http" | "fastify";
  readonly seconds: number;
  readonly connections: number;
  readonly retries: number;
  readonly killEveryMs?: number;
  /** How old a worker is when it is killed, at least: one that dies young again and again rests. */
  readonly leastAgeMs?: number;
}

const ROWS = 64;

/** The orthogonal cosine transform (DCT-II) of 8 points. */
function dct8(row: Float32Array): number[] {
  return Array.from({ length: 8 }, (_, k) => {
    const sum = row.reduce((all, x, n) => all + x * Math.cos((Math.PI * (2 * n + 1) * k) / 16), 0);
    return sum * (k === 0 ? Math.sqrt(1 / 8) : 0.5);
  });
}

export async function load(options: LoadOptions): Promise<Load> {
  const { recipe, seconds, connections, retries, killEveryMs = 1000, leastAgeMs = 2500 } = options;
  const script = fileURLToPath(new URL("serve.ts", import.meta.url));
  const child = fork(script, [recipe, programPath("dct"), String(retries)], {
    execArgv: ["--import", "tsx"],
  });
  const [port] = (await once(child, "message")) as [number];
  const input = Float32Array.from({ length: 8 * ROWS }, (_, i) => Math.sin(i * i));
  const expected = Array.from({ length: ROWS }, (_, i) =>
    dct8(input.subarray(8 * i, 8 * i + 8)),
  ).flat();
  const body = new Uint8Array(input.buffer);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const statuses: Record<string, number> = {};
  let wrong = 0;
  let slowestMs = 0;
  const started = performance.now();
  const late = (): boolean => performance.now() - started > 1000 * seconds;
  const client = async (): Promise<void> => {
    while (!late()) {
      const begun = performance.now();
      const { status, answer } = await post(agent, port, body);
      statuses[status] = (statuses[status] ?? 0) + 1;
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      if (status === 200 && !isClose(answer, expected)) wrong++;
    }
  };
  const memory: number[] = [];
  let kills = 0;
  const seen = new Map<number, number>();
  const killer = setInterval(() => {
    const workers = workersOf(child.pid).sort((a, b) => a - b);
    memory.push(megabytesOf([child.pid as number, ...workers]));
    const victim = workers[0];
    const now = performance.now();
    for (const pid of workers) seen.set(pid, seen.get(pid) ?? now);
    // The older one, while there is another.
    const age = now - (seen.get(victim ?? 0) ?? now);
    if (victim !== undefined && workers.length > 1 && age >= leastAgeMs) {
      process.kill(victim, "SIGKILL");
      kills++;
    }
  }, killEveryMs);
  await Promise.all(Array.from({ length: connections }, client));
  clearInterval(killer);
  agent.destroy();
  const calls = await stop(child);
  const requests = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const perSecond = Math.round(requests / ((performance.now() - started) / 1000));
  const quarter = memory[memory.length >> 2] ?? 0;
  return {
    ...{ requests, kills, statuses, wrong, calls, perSecond },
    slowestMs: Math.round(slowestMs),
    megabytes: [quarter, memory.at(-1) ?? 0],
  };
}

/** Ends the server. */
async function stop(child: ChildProcess): Promise<number[]> {
  child.send("stop");
  const [calls] = (await once(child, "message")) as [number[]];
  await once(child, "exit");
  return calls;
}

function megabytesOf(pids: readonly number[]): number {
  let bytes = 0;
  for (const pid of pids) {
    try {
      bytes += residentBytes(pid);
    } catch {
      // It has just ended.
    }
  }
  return Math.round(bytes / 1e6);
}

function isClose(answer: Buffer, expected: readonly number[]): boolean {
  if (answer.byteLength !== 4 * expected.length) return false;
  return expected.every((value, i) => Math.abs(answer.readFloatLE(4 * i) - value) < 1e-4);
}

function post(
  agent: Agent,
  port: number,
  body: Uint8Array,
): Promise<{ status: number; answer: Buffer }> {
  return new Promise((resolve) => {
    const options = { agent, port, host: "127.0.0.1", method: "POST" };
    const headers = { "content-type": "application/octet-stream", "content-length": body.length };
    const sent = request({ ...options, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, answer: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", () => resolve({ status: 0, answer: Buffer.alloc(0) }));
    sent.end(body);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [recipe = "node-http", seconds = "30", connections = "200", retries = "1"] =
    process.argv.slice(2);
  const numbers = { seconds: Number(seconds), connections: Number(connections) };
  const options = { recipe: recipe as LoadOptions["recipe"], ...numbers, retries: Number(retries) };
  process.stdout.write(`${JSON.stringify(await load(options), undefined, 2)}\n`);
}
