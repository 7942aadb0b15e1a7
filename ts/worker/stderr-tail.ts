import type { Readable } from "node:stream";

/** Passes a worker's stderr on to ours, and keeps its last bytes. */
export class StderrTail {
  readonly #stream: Readable;
  #tail = "";

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      process.stderr.write(text);
      this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
    });
  }

  /** What was written last. */
  get text(): string {
    return this.#tail;
  }

  /** Resolves at the end of the stream, or soon: a process that the worker left may hold it open. */
  drained(): Promise<void> {
    if (this.#stream.readableEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GRACE_MS);
      this.#stream.once("end", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

const TAIL_LENGTH = 8192;

/** How long the last of a process that has ended is waited for. */
export const GRACE_MS = 500;
