// The garbage collector sees small objects where values hold much memory in the worker, so it would
// not run while results are made and forgotten. An ArrayBuffer counts as memory of its size, though
// the system gives it none before it is written to: handles keep such buffers, in place of what is
// outstanding.

/** The memory of values in the worker that the garbage collector has not been told of. */
export class Outstanding {
  readonly #weights: WeakMap<object, ArrayBufferLike> = new WeakMap();
  #bytes = 0;

  /** Counts a value, and lets its handle keep a buffer when there is much to tell. */
  add(handle: object, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < STEP_BYTES) return;
    try {
      // Setting it to zero would give it memory.
      const { buffer } = Buffer.allocUnsafeSlow(Math.min(this.#bytes, MAX_BYTES));
      this.#weights.set(handle, buffer);
    } catch {
      // There is no address space; the collector runs for other reasons then.
    }
    this.#bytes = 0;
  }

  /** Discounts a value that is freed. */
  remove(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
  }
}

/** Values that are freed soon do not reach it, so they cost no buffer. */
const STEP_BYTES = 1 << 24;
const MAX_BYTES = 2 ** 30;
