import { ALONE, type Look, SPIN_MS } from "../client/spin-wait.ts";
import { loadLibc } from "../memory/libc.ts";

/**
 * Provides a non-blocking check for input on a descriptor, after repeated use. Loading its library
 * takes as long as many calls, so it is not worthwhile for a few.
 */
export class InputPoll {
  readonly #fd: number;
  #look: Look;
  #asked = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** A check that returns whether there is input or the end of the stream. */
  get look(): Look {
    this.#asked++;
    if (this.#asked === WORTHWHILE) {
      const hasInput = loadLibc()?.hasInput;
      if (hasInput !== undefined) this.#look = () => hasInput(this.#fd);
    }
    return this.#look;
  }
}

/**
 * Waits briefly for input by spinning, since waking this thread would take longer than a small
 * call.
 */
export class BlockingSpinWait {
  readonly #input: InputPoll;

  constructor(fd: number) {
    this.#input = new InputPoll(fd);
  }

  /** Returns when there is input, or after a short time. */
  wait(): void {
    if (ALONE) return;
    const { look } = this.#input;
    if (look === undefined) return;
    const until = performance.now() + SPIN_MS;
    while (!look() && performance.now() < until);
  }
}

const WORTHWHILE = 20;
