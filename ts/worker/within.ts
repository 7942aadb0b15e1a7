import type { Socket } from "node:net";

/** Resolves to whether the callback passed to `start` is called within `ms` milliseconds. */
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
 * Resolves at the end of a stream whose writer has exited, or when all data left in it has been
 * read: a process started by the writer may hold the stream open.
 */
export async function drained(stream: Socket): Promise<void> {
  let last = stream.bytesRead;
  let quiet = 0;
  const deadline = performance.now() + GRACE_MS;
  while (!isOver(stream) && quiet < QUIET_TURNS && performance.now() < deadline) {
    // Each turn of the event loop reads the available data.
    await new Promise((resolve) => setImmediate(resolve));
    quiet = stream.bytesRead === last ? quiet + 1 : 0;
    last = stream.bytesRead;
  }
}

function isOver(stream: Socket): boolean {
  return stream.readableEnded || stream.destroyed;
}

/** The current turn may be past its reads, and a paused stream resumes only in the next one. */
const QUIET_TURNS = 4;

/** The time in milliseconds to wait for the remaining output of a process that has exited. */
export const GRACE_MS = 500;
