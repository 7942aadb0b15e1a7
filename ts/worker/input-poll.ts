import { ALONE, type Look, SPIN_MS } from "../client/spin-wait.ts";
import { loadLibc } from "../memory/libc.ts";

/**
 * Gives the way to look for input of a file, once that has been wanted often.
 * What it takes is as long to load as a hundred calls: not for a few.
 */
export class InputPoll {
  readonly #fd: number;
  #look: Look;
  #asked = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Tells whether there is input, or nothing more will come; it takes 0.25 µs. */
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
 * Waits a moment for input, awake: this thread would take longer to wake up than a worker takes
 * for a small call. See `client/spin-wait.ts`.
 */
export class BlockingSpinWait {
  readonly #input: InputPoll;

  constructor(fd: number) {
    this.#input = new InputPoll(fd);
  }

  /** Returns when there is input, or after a moment. */
  wait(): void {
    if (ALONE) return;
    const { look } = this.#input;
    if (look === undefined) return;
    const until = performance.now() + SPIN_MS;
    while (!look() && performance.now() < until);
  }
}

const WORTHWHILE = 20;
