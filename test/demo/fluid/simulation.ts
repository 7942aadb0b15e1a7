import { setTimeout as delay } from "node:timers/promises";
import type { Module } from "./program.ts";
import type { Viewer } from "./viewer.ts";

/** Maximum seconds of one step: a longer one would not look like a fluid. */
const [SHORTEST, LONGEST] = [1 / 240, 1 / 30];

/**
 * Runs a page's fluid in one worker for as long as the page wants frames. The fluid stays in
 * Futhark; frames leave it, and the whole fluid when the page rests.
 */
export async function simulate(
  { entry, types }: Module,
  viewer: Viewer,
  { size, maxFps }: { readonly size: number; readonly maxFps: number },
): Promise<void> {
  const begin = () => {
    const started = entry.start(size, size);
    started.catch(() => {}); // not awaited while the page rests; calls on it report its failure
    return started;
  };
  let state = viewer.saved ? types.state.restore(viewer.saved) : begin();
  const replace = (next: typeof state): void => {
    state.free(); // as soon as the calls have used it: nothing waits here
    state = next;
  };
  try {
    for (let last = performance.now(); await viewer.ready(); ) {
      const early = last + 1000 / maxFps - performance.now();
      if (early > 1) await delay(early);
      const { strokes, reset } = viewer.takeChanges();
      if (reset) replace(begin());
      const began = performance.now();
      const dt = Math.min(LONGEST, Math.max(SHORTEST, (began - last) / 1000));
      last = began;
      replace(entry.step({ ...viewer.settings, dt }, strokes, state));
      await state;
      const stepped = performance.now();
      const picture = await entry.draw(state);
      const drawn = performance.now();
      const frame = await picture.borrow();
      picture.free();
      // Not waited for: the next frame is made while this one is sent.
      viewer.send(frame, [stepped - began, drawn - stepped, performance.now() - drawn]);
    }
    viewer.saved = viewer.gone ? undefined : await (await state).store();
  } finally {
    state.free();
  }
}
