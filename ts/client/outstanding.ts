// To the garbage collector, handles are small objects, even if their values hold much memory in the
// worker, so it would not run while results are made and forgotten. An ArrayBuffer counts with its
// size, although the system allocates no memory before it is written to. Handles therefore keep
// buffers as large as the memory of values that the collector does not know of.

/** The memory of values in the worker that no buffer accounts for yet. */
export class Outstanding {
  readonly #weights: WeakMap<object, ArrayBufferLike> = new WeakMap();
  #bytes = 0;

  /** Counts a value, and lets its handle keep a buffer when the count is high. */
  add(handle: object, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < STEP_BYTES) return;
    try {
      // It is never written to, which would allocate its memory.
      const { buffer } = Buffer.allocUnsafeSlow(Math.min(this.#bytes, MAX_BYTES));
      this.#weights.set(handle, buffer);
    } catch {
      // Out of address space: the collector runs for other reasons then.
    }
    this.#bytes = 0;
  }

  /** Discounts a value that is freed. */
  remove(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
  }
}

/** Values that are freed soon stay below this, so they need no buffer. */
const STEP_BYTES = 1 << 24;
const MAX_BYTES = 2 ** 30;
