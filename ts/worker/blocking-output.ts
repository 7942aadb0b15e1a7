import type { ChildProcess } from "node:child_process";
import { readSync } from "node:fs";
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { ArgumentError } from "../errors.ts";
import type { OutputListener, OutputStream } from "./output.ts";
import { drained } from "./within.ts";

/**
 * Gives a listener what a worker prints to this thread, which blocks: read by the event loop between calls,
 * and by {@link drain} during them, from the same two descriptors.
 */
export class BlockingOutput {
  readonly #streams: readonly PrintedStream[];

  /** @throws {ArgumentError} This engine has no descriptors for a child's streams. */
  constructor({ stdout, stderr }: ChildProcess, listener: OutputListener) {
    const streams = { stdout, stderr } as Record<OutputStream, Socket>; // which "pipe" gives
    this.#streams = (["stdout", "stderr"] as const).map(
      (name) => new PrintedStream(streams[name], (text) => tell(listener, text, name)),
    );
  }

  /** The last of stderr. */
  get tail(): string {
    return this.#streams[1]?.tail ?? "";
  }

  /** Passes on what is there, without waiting. */
  drain(): void {
    for (const stream of this.#streams) stream.drain();
  }

  /** Resolves when all has come; the worker has ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#streams.map(({ socket }) => drained(socket)));
  }
}

/** What a listener throws is no result of the call during which it is called. */
function tell(listener: OutputListener, text: string, stream: OutputStream): void {
  try {
    void listener(text, stream);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

class PrintedStream {
  readonly socket: Socket;
  readonly #fd: number;
  readonly #decoder: StringDecoder = new StringDecoder("utf8");
  readonly #take: (text: string) => void;
  tail = "";

  constructor(socket: Socket, take: (text: string) => void) {
    this.socket = socket;
    this.#take = take;
    this.#fd = descriptorOf(socket);
    socket.unref();
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#pass(chunk));
  }

  drain(): void {
    // The number of a closed file may be another's by now.
    while (!this.socket.destroyed && !this.socket.readableEnded) {
      let count: number;
      try {
        count = readSync(this.#fd, SCRATCH);
      } catch {
        return; // nothing there (EAGAIN), or an end of which the socket learns by itself
      }
      if (count === 0) return;
      this.#pass(SCRATCH.subarray(0, count));
    }
  }

  #pass(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    if (text === "") return;
    this.tail = (this.tail + text).slice(-TAIL_LENGTH);
    this.#take(text);
  }
}

/** Node keeps the number for itself, and reads nothing of it while this thread blocks. */
function descriptorOf(socket: Socket): number {
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd;
  if (typeof fd === "number" && fd >= 0) return fd;
  throw new ArgumentError(
    'openSync: expected option output to be "inherit" or "ignore": this engine cannot read a child\'s output while it blocks',
  );
}

const SCRATCH = Buffer.alloc(1 << 16);
const TAIL_LENGTH = 8192;
