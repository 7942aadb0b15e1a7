/** Prints one line per stage: what, how long, and a remark. */
export class Stopwatch {
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /**
   * Runs a stage and waits for it; the remark may depend on the result. The name is there
   * before the stage begins, so that a long one shows what is going on.
   */
  async time<T>(
    name: string,
    stage: () => T | PromiseLike<T>,
    remark: string | ((result: NoInfer<T>) => string) = "",
  ): Promise<T> {
    this.#write(`  ${name.padEnd(16)}`);
    const start = performance.now();
    const result = await stage();
    const ms = performance.now() - start;
    const text = typeof remark === "string" ? remark : remark(result);
    this.#write(`${`${ms.toFixed(1).padStart(9)} ms   ${text}`.trimEnd()}\n`);
    return result;
  }
}
