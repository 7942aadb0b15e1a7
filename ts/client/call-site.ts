/**
 * Adds the location where a call was awaited to the stack of its error.
 *
 * Capturing a stack at each call takes longer than a small call. V8 can recover it later: an error
 * created in a promise reaction includes the async functions awaiting that reaction's result. The
 * stack is therefore captured in such a reaction, and only for calls that fail.
 */

/**
 * Rejects a promise, through its `resolve`, with an error whose stack shows the awaiting functions.
 * @param shared Whether other promises reject with the same error; if so, this one gets a copy.
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
  // Two microtask turns: `resolve` must have taken effect before the stack is captured.
  resolve(READY.then(nothing).then(fail) as never);
}

/** Replaces the stack of an error thrown within `call` with that of its caller, at most once. */
export function locateAtCall(error: unknown, call: (...args: never[]) => unknown): void {
  if (!(error instanceof Error) || located.has(error)) return;
  located.add(error);
  Error.captureStackTrace?.(error, call);
}

/** Errors already located. An error may be rethrown by each use of a value that failed. */
const located: WeakSet<Error> = new WeakSet();

/** Returns the error with the frames of `stack`, if it contains any. */
function withFrames(error: unknown, stack: unknown, shared: boolean): unknown {
  // A user-defined Error.prepareStackTrace may return anything.
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
