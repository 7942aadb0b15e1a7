/**
 * Where a call was awaited, for the stack of its error.
 *
 * To capture a stack at each call takes longer than a small call. V8 knows without that: an error
 * made in a reaction to a promise has the functions in its stack that await the outcome of that
 * reaction. So the stack is taken in such a reaction, and only where a call fails.
 */

/**
 * Rejects a promise, by its `resolve`, with an error whose stack is the functions that await it.
 * @param shared Others get the same error: this one gets a copy.
 */
export function rejectWhereAwaited(
  resolve: (value: never) => void,
  error: unknown,
  shared: boolean,
): void {
  const fail = (): never => {
    const site = { stack: "" };
    Error.captureStackTrace?.(site, fail);
    throw withFrames(error, site.stack, shared);
  };
  // Two turns, so that the promise has been resolved by this one when the stack is taken.
  resolve(READY.then(nothing).then(fail) as never);
}

/** Gives an error that was thrown within `call` the stack of who called that; once. */
export function locateAtCall(error: unknown, call: (...args: never[]) => unknown): void {
  if (!(error instanceof Error) || located.has(error)) return;
  located.add(error);
  Error.captureStackTrace?.(error, call);
}

/** Errors that are told again by whatever uses what could not be made. */
const located: WeakSet<Error> = new WeakSet();

/** The error with the frames of a stack, where there are any that are the user's. */
function withFrames(error: unknown, stack: unknown, shared: boolean): unknown {
  // Whoever sets Error.prepareStackTrace may make of it what they like.
  if (!(error instanceof Error) || typeof stack !== "string") return error;
  const start = stack.search(/^ +at /m);
  if (start < 0) return error;
  const own = shared ? copyOf(error) : error;
  own.stack = `${error.name}: ${error.message}\n${stack.slice(start)}`;
  return own;
}

function copyOf(error: Error): Error {
  const { stack: _, ...own } = Object.getOwnPropertyDescriptors(error);
  const copy = Object.setPrototypeOf(new Error(error.message), Object.getPrototypeOf(error));
  return Object.defineProperties(copy, own);
}

const READY: Promise<void> = Promise.resolve();
function nothing(): void {}
