/** Maximum delay of a timer in milliseconds: longer ones fire immediately. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/**
 * Calls `run` after a delay unless cancelled. Input that arrived before the deadline is handled
 * first: a blocked event loop runs timers before it reads replies, which would then seem late.
 * @param ms Delay in milliseconds; forever if more than {@link MAX_TIMER_MS}.
 * @returns A function that cancels the timer.
 */
export function startTimer(ms: number, run: () => void): () => void {
  if (ms > MAX_TIMER_MS) return () => {};
  let turn: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // Immediates run after I/O; a second turn handles input that the first one left unread.
    turn = setImmediate(() => {
      turn = setImmediate(run);
    });
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
