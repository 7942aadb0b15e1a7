import type { ChildProcess } from "node:child_process";
import { readSync } from "node:fs";
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { ArgumentError } from "../errors.ts";
import type { OutputListener, OutputStream } from "./output.ts";
import { drained } from "./within.ts";

/**
 * Passes a worker's output to a listener on this thread, which blocks. The event loop reads it
 * between calls and {@link drain} during calls, from the same two descriptors.
 */
export class BlockingOutput {
  readonly #streams: readonly PrintedStream[];

  /** @throws {ArgumentError} This runtime does not expose the descriptors of a child's streams. */
  constructor({ stdout, stderr }: ChildProcess, listener: OutputListener) {
    const streams = { stdout, stderr } as Record<OutputStream, Socket>; // set by "pipe"
    this.#streams = (["stdout", "stderr"] as const).map(
      (name) => new PrintedStream(streams[name], (text) => notify(listener, text, name)),
    );
  }

  /** The last part of stderr. */
  get tail(): string {
    return this.#streams[1]?.tail ?? "";
  }

  /** Passes on available output, without waiting. */
  drain(): void {
    for (const stream of this.#streams) stream.drain();
  }

  /** Resolves when all output has been read, after the worker has exited. */
  async drained(): Promise<void> {
    await Promise.all(this.#streams.map(({ socket }) => drained(socket)));
  }
}

/** Calls the listener. Errors are rethrown asynchronously, so that they do not fail the call. */
function notify(listener: OutputListener, text: string, stream: OutputStream): void {
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
    // The number of a closed descriptor may already be reused.
    while (!this.socket.destroyed && !this.socket.readableEnded) {
      let count: number;
      try {
        count = readSync(this.#fd, SCRATCH);
      } catch {
        return; // no data (EAGAIN), or an end that the socket detects itself
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

/** Node exposes the descriptor only internally, and does not read it while this thread blocks. */
function descriptorOf(socket: Socket): number {
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd;
  if (typeof fd === "number" && fd >= 0) return fd;
  throw new ArgumentError(
    'openSync: expected option output to be "inherit" or "ignore": this JavaScript engine cannot read a child\'s output during a blocking call',
  );
}

const SCRATCH = Buffer.alloc(1 << 16);
const TAIL_LENGTH = 8192;
