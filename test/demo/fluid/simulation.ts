import { setTimeout as delay } from "node:timers/promises";
import type { FutharkModule } from "../../../ts/index.ts";
import type { Viewer } from "./viewer.ts";

/** Maximum seconds of one step: a longer one would not look like a fluid. */
const [SHORTEST, LONGEST] = [1 / 240, 1 / 30];

/**
 * Runs a page's fluid in one worker for as long as the page wants frames. The fluid stays in
 * Futhark; frames leave it, and the whole fluid when the page rests.
 */
export async function simulate(
  fut: FutharkModule,
  viewer: Viewer,
  { size, maxFps }: { readonly size: number; readonly maxFps: number },
): Promise<void> {
  const { start, step, draw } = fut.entry;
  let state = viewer.saved ? fut.types.state.restore(viewer.saved) : start(size, size);
  try {
    for (let last = performance.now(); await viewer.ready(); ) {
      const early = last + 1000 / maxFps - performance.now();
      if (early > 1) await delay(early);
      const { drags, reset } = viewer.takeChanges();
      if (reset) {
        state.free();
        state = start(size, size);
      }
      const began = performance.now();
      const dt = Math.min(LONGEST, Math.max(SHORTEST, (began - last) / 1000));
      last = began;
      const next = step({ ...viewer.settings, dt }, drags, state);
      state.free(); // as soon as the step has used it: nothing waits here
      state = next;
      await next;
      const stepped = performance.now();
      const picture = await draw(state);
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
