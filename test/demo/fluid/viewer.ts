import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type BorrowedArray, nd, type Pending } from "futhark-bridge";
import type { Message } from "./messages.ts";
import type { Module, Settings, StateHandle } from "./program.ts";

/** Frames that are sent before the page has drawn the first of them. */
const MAX_AHEAD = 2;
type State = StateHandle | Pending<StateHandle>;

/** One open page: its fluid, which a worker has while the page wants frames, and these frames. */
export class Viewer extends EventEmitter<{ change: [] }> {
  readonly id: string = randomUUID();
  saved: Uint8Array | undefined; // the fluid, while the page rests and no worker has it
  gone = false;
  frame = 0; // number of the last that was sent
  ahead = 0; // frames that were sent and not yet drawn
  readonly held: Set<BorrowedArray> = new Set(); // those whose memory is still read
  #stream: ServerResponse | undefined;
  #settings: Omit<Settings, "dt"> = { viscosity: 0, decay: 0.12, swirl: 0.3 };
  #strokes: number[][] = []; // the last 16
  #left = 1; // frames until it rests: a first one is shown in any case
  #reset = false;

  /** @returns whether this is the page's first stream; a page has one. */
  open(stream: ServerResponse): boolean {
    if (this.#stream !== undefined || this.gone) return false;
    this.#stream = stream.on("error", () => {}); // `close` follows
    stream.once("close", () => {
      for (const frame of this.held) this.#release(frame); // those whose write never began
      this.leave();
    });
    this.emit("change");
    return true;
  }

  leave(): void {
    this.gone = true;
    this.#stream?.destroy();
    this.emit("change");
  }

  take([kind, body]: Message): void {
    if (kind === "drag") this.#strokes = [...this.#strokes.slice(-15), Object.values(body)];
    else if (kind === "settings") this.#settings = body as unknown as Settings;
    else if (kind === "drawn") this.ahead = Math.max(0, this.ahead - 1);
    else if (kind === "run") this.#left = Number.POSITIVE_INFINITY;
    else if (kind === "rest") this.#left = 0;
    else [this.#reset, this.#left] = [true, Math.max(1, this.#left)]; // seen even while it rests
    this.emit("change");
  }

  get #able(): boolean {
    const waiting = Math.max(this.ahead, this.held.size); // it may say of any frame that it drew it
    return !this.gone && this.#stream !== undefined && this.#left > 0 && waiting < MAX_AHEAD;
  }

  /** Waits until a frame may be made; `false`: the page is gone or, with a limit, rests or is slow. */
  async wantsFrames(limit?: AbortSignal): Promise<boolean> {
    const rests = () => limit !== undefined && (limit.aborted || this.#left === 0);
    while (!this.#able && !this.gone && !rests())
      await once(this, "change", limit && { signal: limit }).catch(() => {});
    return this.#able;
  }

  /** Runs the fluid in one worker for as long as the page wants frames. The fluid stays in Futhark. */
  async run({ entry, types }: Module, size: number, maxFps: number): Promise<void> {
    const begin = this.saved ? types.state.restore(this.saved) : entry.start(size, size);
    this.saved = undefined;
    let state: State = await begin;
    try {
      for (let last = performance.now(); await this.wantsFrames(AbortSignal.timeout(1000)); ) {
        const early = last + 1000 / maxFps - performance.now();
        if (early > 1) await delay(early);
        const began = performance.now();
        const dt = Math.min(1 / 30, Math.max(1 / 240, (began - last) / 1000)); // without leaps
        last = began;
        const strokes = nd(Float32Array.from(this.#strokes.flat()), [this.#strokes.length, 7]);
        const from: State = this.#reset ? entry.start(size, size) : state;
        if (this.#reset) state.free();
        state = entry.step({ ...this.#settings, dt }, strokes, from);
        from.free(); // as soon as the step has used it: nothing waits here
        [this.#strokes, this.#reset] = [[], false];
        await state;
        const stepped = performance.now();
        const picture = await entry.draw(state);
        const drawn = performance.now();
        const frame = await picture.borrow();
        picture.free();
        // Not waited for: the next frame is made while this one is sent.
        if (this.gone) frame.release();
        else this.#send(frame, [stepped - began, drawn - stepped, performance.now() - drawn]);
      }
      if (!this.gone) this.saved = await (await state).store();
    } finally {
      state.free();
    }
  }

  /** Sends a frame out of shared memory, which does not change until all of it is written. */
  #send(frame: BorrowedArray<"u8">, times: readonly number[]): void {
    this.ahead++;
    this.#left--;
    this.held.add(frame);
    const made = performance.timeOrigin + performance.now();
    this.#stream?.write(new Uint8Array(Float64Array.of(++this.frame, made, ...times).buffer));
    this.#stream?.write(frame.data, () => this.#release(frame));
  }

  #release(frame: BorrowedArray): void {
    frame.release();
    this.held.delete(frame);
    this.emit("change");
  }
}
