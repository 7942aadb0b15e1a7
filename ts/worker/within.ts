import type { Socket } from "node:net";

/** Resolves when `start`'s callback is called, or after a time: with whether it was called. */
export function within(ms: number, start: (done: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    start(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/**
 * Resolves at the end of a stream whose writer has gone, or when all that the writer left in it
 * has come: a process that the writer started may hold the stream open.
 */
export async function drained(stream: Socket): Promise<void> {
  let last = stream.bytesRead;
  let quiet = 0;
  const deadline = performance.now() + GRACE_MS;
  while (!isOver(stream) && quiet < QUIET_TURNS && performance.now() < deadline) {
    // Each turn of the event loop reads what is there.
    await new Promise((resolve) => setImmediate(resolve));
    quiet = stream.bytesRead === last ? quiet + 1 : 0;
    last = stream.bytesRead;
  }
}

function isOver(stream: Socket): boolean {
  return stream.readableEnded || stream.destroyed;
}

/** The first may have begun after its reads, and a paused stream goes on only in the next. */
const QUIET_TURNS = 4;

/** How long the last of a process that has ended is waited for. */
export const GRACE_MS = 500;
