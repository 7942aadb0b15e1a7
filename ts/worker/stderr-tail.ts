import type { Socket } from "node:net";
import { drained } from "./within.ts";

/** Passes a worker's stderr on to ours, as fast as that is read, and keeps its last bytes. */
export class StderrTail {
  readonly #stream: Socket;
  #tail = "";
  #over = false;

  constructor(stream: Socket) {
    this.#stream = stream;
    stream.setEncoding("utf8");
    stream.on("error", () => {});
    stream.on("data", (text: string) => {
      this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
      if (forward(text) || this.#over) return;
      waiting.add(stream.pause());
    });
  }

  /** What was written last. */
  get text(): string {
    return this.#tail;
  }

  /** Resolves when all that the worker wrote has come; the worker has ended. */
  async drained(): Promise<void> {
    const stream = this.#stream;
    if (stream.readableEnded || stream.destroyed) return;
    // The last words are short, and wait for nobody.
    this.#over = true;
    waiting.delete(stream.resume());
    await drained(stream);
  }
}

/** Streams that wait until our stderr has been read. */
const waiting: Set<Socket> = new Set();

/** @returns Whether there is room for more. */
function forward(text: string): boolean {
  const { stderr } = process;
  // Whoever read our stderr may have gone; that is no concern of who calls a program.
  stderr.once("error", ignore);
  const taken = stderr.write(text);
  stderr.off("error", ignore);
  if (!taken && waiting.size === 0) {
    stderr.once("drain", () => {
      for (const stream of waiting) stream.resume();
      waiting.clear();
    });
  }
  return taken;
}

function ignore(): void {}

const TAIL_LENGTH = 8192;
