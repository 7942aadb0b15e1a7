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

/** @returns Whether there is room for more, or nobody to wait for. */
function forward(text: string): boolean {
  const { stderr } = process;
  // Whoever read our stderr may have gone; that is no concern of who calls a program.
  if (!stderr.writable) return true;
  if (writing === 0) stderr.on("error", resumeAll);
  writing++;
  const taken = stderr.write(text, written);
  if (!taken && waiting.size === 0) stderr.once("drain", resumeAll);
  return taken;
}

/** Texts of which it is not known yet whether they could be written. */
let writing = 0;

function written(): void {
  // An error is told after this.
  setImmediate(() => {
    writing--;
    if (writing === 0) process.stderr.off("error", resumeAll);
  });
}

/** Goes on with what waits: our stderr was read, or will never be. */
function resumeAll(): void {
  for (const stream of waiting) stream.resume();
  waiting.clear();
}

const TAIL_LENGTH = 8192;
