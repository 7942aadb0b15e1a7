/** The longest time of a timer: one of more fires at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/**
 * Calls `run` after a time, unless that is taken back. What has come by then is taken first: a
 * loop that was busy for longer than the time looks at its timers before it reads answers, and
 * would take them for late.
 * @param ms More than {@link MAX_TIMER_MS} is for ever.
 * @returns Takes it back.
 */
export function startTimer(ms: number, run: () => void): () => void {
  if (ms > MAX_TIMER_MS) return () => {};
  let turn: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // Immediates come after the loop has read; a second turn reads what was left by the first.
    turn = setImmediate(() => {
      turn = setImmediate(run);
    });
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
