import type { Socket } from "node:net";
import type { Sink } from "./output.ts";
import { drained } from "./within.ts";

/** Passes on what a worker prints, as fast as it is taken, and keeps the end of it. */
export class OutputReader {
  readonly #stream: Socket;
  #tail = "";
  #over = false;

  constructor(stream: Socket, sink: Sink) {
    this.#stream = stream;
    // The worker keeps Node running only while a request is unanswered.
    stream.unref();
    stream.setEncoding("utf8");
    stream.on("error", () => {});
    stream.on("data", (text: string) => {
      this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
      const room = sink(text);
      if (room === undefined || this.#over) return;
      stream.pause();
      // What the user's listener rejects with is an unhandled rejection, and no reason to stop.
      void room.finally(() => stream.resume());
    });
  }

  /** What was written last. */
  get tail(): string {
    return this.#tail;
  }

  /** Resolves when all that the worker wrote has come; the worker has ended. */
  async drained(): Promise<void> {
    const stream = this.#stream;
    if (stream.readableEnded || stream.destroyed) return;
    // The last words are short, and wait for nobody.
    this.#over = true;
    stream.resume();
    await drained(stream);
  }
}

const TAIL_LENGTH = 8192;
