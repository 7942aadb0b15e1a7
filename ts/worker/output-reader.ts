import type { Socket } from "node:net";
import type { Sink } from "./output.ts";
import { drained } from "./within.ts";

/** Passes on a worker's output with backpressure, and keeps the last part of it. */
export class OutputReader {
  readonly #stream: Socket;
  #tail = "";
  #over = false;

  constructor(stream: Socket, sink: Sink) {
    this.#stream = stream;
    // Output must not keep Node running; only unanswered requests do.
    stream.unref();
    stream.setEncoding("utf8");
    stream.on("error", () => {});
    stream.on("data", (text: string) => {
      this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
      const room = sink(text);
      if (room === undefined || this.#over) return;
      stream.pause();
      // A rejection of the user's listener is reported as unhandled, and does not stop the output.
      void room.finally(() => stream.resume());
    });
  }

  /** The last part of the output. */
  get tail(): string {
    return this.#tail;
  }

  /** Resolves when all output has been read, after the worker has exited. */
  async drained(): Promise<void> {
    const stream = this.#stream;
    if (stream.readableEnded || stream.destroyed) return;
    // The remaining output is short, so it ignores backpressure.
    this.#over = true;
    stream.resume();
    await drained(stream);
  }
}

const TAIL_LENGTH = 8192;
