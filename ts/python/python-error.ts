import { inspect } from "node:util";
import { type FutharkError, PythonError } from "../errors.ts";
import { errorFromWire, type WireError } from "../wire/replies.ts";
import type { OwnObjects } from "./own-objects.ts";

/** An exception as reported by Python. */
export interface PythonFailure {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
  /** Set if it is an error of this package, such as the use of a freed handle. */
  readonly futhark?: WireError;
  /** The id of an error thrown by one of our callbacks, if that caused the exception. */
  readonly js?: number | null;
}

/** @param site Holds the stack of the request. */
export function pythonError(failure: PythonFailure, site: Error, own: OwnObjects): FutharkError {
  const { type, message, traceback, futhark, js } = failure;
  const cause = js == null ? undefined : own.error(js);
  const error =
    futhark === undefined
      ? new PythonError(
          message === "" ? type : `${type}: ${message}`,
          { type, traceback },
          cause === undefined ? undefined : { cause },
        )
      : errorFromWire(futhark);
  const frames = (site.stack ?? "")
    .split("\n")
    .slice(1)
    .filter((line) => !OWN_FRAME.test(line));
  error.stack = `${error.name}: ${error.message}\n${traceback.trimEnd()}\n${frames.join("\n")}`;
  return error;
}

/** Returns the text of an error for Python. `error` may be any value, whose methods may throw. */
export function textOf(error: unknown): string {
  for (const show of [ownText, inspect]) {
    try {
      return String(show(error)).slice(0, MAX_TEXT);
    } catch {
      // Try the next method.
    }
  }
  return "a value that cannot be formatted";
}

function ownText(error: unknown): string {
  // The stack of a PythonError repeats the tracebacks of everything that it passed through.
  const own = error instanceof Error && !(error instanceof PythonError);
  return (own && error.stack) || String(error);
}

/** Stack frames of this package and pythonia, which are of no interest to users. */
const OWN_FRAME = /[\\/](python[\\/]python-client|pythonia[\\/]Bridge)\./;
const MAX_TEXT = 1 << 16;
