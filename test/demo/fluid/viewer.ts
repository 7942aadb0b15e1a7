import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type BorrowedArray, type NdArray, nd } from "futhark-bridge";
import type { Message, Settings } from "./messages.ts";

/** Frames that are sent to a page before it has drawn the first of them. */
const MAX_AHEAD = 2;
/** Strokes that one step takes at most. */
const MAX_STROKES = 16;

/** One open page: its settings, and the frames being sent to it. */
export class Viewer {
  readonly id: string = randomUUID();
  settings: Settings = { viscosity: 0, decay: 0.12, swirl: 0.3 };
  /** The fluid, while the page rests and no worker has it. */
  saved: Uint8Array | undefined;
  gone = false;
  /** Number of the last frame that was sent. */
  frame = 0;
  /** Frames whose memory is still read. */
  readonly held: Set<BorrowedArray> = new Set();
  /** Frames that were sent and not yet drawn. */
  ahead = 0;
  #stream: ServerResponse | undefined;
  #strokes: number[][] = [];
  #left = 1; // frames until it rests: a first one is shown in any case
  #reset = false;
  #wake = (): void => {};

  /** @returns whether this is the page's first stream; a page has one. */
  open(stream: ServerResponse): boolean {
    if (this.#stream !== undefined || this.gone) return false;
    this.#stream = stream.on("error", () => {}); // `close` follows
    stream.once("close", () => {
      for (const frame of this.held) this.#release(frame); // those whose write never began
      this.leave();
    });
    this.#wake();
    return true;
  }

  leave(): void {
    this.gone = true;
    this.#stream?.destroy();
    this.#wake();
  }

  take([kind, body]: Message): void {
    if (kind === "drag")
      this.#strokes = [...this.#strokes, Object.values(body)].slice(-MAX_STROKES);
    else if (kind === "settings") this.settings = body;
    else if (kind === "drawn") this.ahead = Math.max(0, this.ahead - 1);
    else if (kind === "run") this.#left = Number.POSITIVE_INFINITY;
    else if (kind === "rest") this.#left = 0;
    else [this.#reset, this.#left] = [true, Math.max(1, this.#left)]; // seen even while it rests
    if (this.#able || this.#left === 0) this.#wake();
  }

  /** Input since the last step: the strokes, a row each, and whether to restart. */
  takeChanges(): { readonly strokes: NdArray<"f32">; readonly reset: boolean } {
    const strokes = nd(Float32Array.from(this.#strokes.flat()), [this.#strokes.length, 7]);
    const reset = this.#reset;
    [this.#strokes, this.#reset] = [[], false];
    return { strokes, reset };
  }

  get #able(): boolean {
    const waiting = Math.max(this.ahead, this.held.size); // it may say of any frame that it drew it
    return !this.gone && this.#stream !== undefined && this.#left > 0 && waiting < MAX_AHEAD;
  }

  /**
   * Waits until a frame may be made.
   * @returns `false`: the page has closed, is paused, or has drawn nothing for so long.
   */
  async ready(patienceMs = 1000): Promise<boolean> {
    const timer = setTimeout(() => this.#wake(), patienceMs);
    if (!this.#able && !this.gone && this.#left > 0) await this.#change();
    clearTimeout(timer);
    return this.#able;
  }

  /** Waits until the page wants frames, without a limit; `false`: it has closed. */
  async wantsFrames(): Promise<boolean> {
    while (!this.#able && !this.gone) await this.#change();
    return this.#able;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Sends a frame out of shared memory, which does not change until all of it is written. */
  send(frame: BorrowedArray<"u8">, times: readonly number[]): void {
    if (this.gone) {
      frame.release();
      return;
    }
    this.ahead++;
    this.#left--;
    this.held.add(frame);
    const header = new DataView(new ArrayBuffer(24));
    header.setUint32(0, ++this.frame, true);
    times.forEach((ms, i) => void header.setFloat32(4 + 4 * i, ms, true));
    header.setFloat64(16, performance.timeOrigin + performance.now(), true);
    this.#stream?.write(new Uint8Array(header.buffer));
    this.#stream?.write(frame.data, () => this.#release(frame));
  }

  #release(frame: BorrowedArray): void {
    frame.release();
    this.held.delete(frame);
    if (this.#able) this.#wake();
  }
}
