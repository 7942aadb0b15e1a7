import { inspect } from "node:util";
import { errorFromWire, type FutharkError, PythonError, type WireError } from "../errors.ts";
import type { OwnObjects } from "./own-objects.ts";

/** What Python tells of an exception. */
export interface PythonFailure {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
  /** One of this package's own errors: a handle that was freed, say. */
  readonly futhark?: WireError;
  /** Number of what a callback of ours threw, which came back. */
  readonly js?: number | null;
}

/** @param site Where the request was made. */
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

/** What a callback threw, as Python shows it. It may be anything, with methods that throw. */
export function textOf(error: unknown): string {
  for (const show of [ownText, inspect]) {
    try {
      return String(show(error)).slice(0, MAX_TEXT);
    } catch {
      // The next way may do.
    }
  }
  return "a value that cannot be shown";
}

function ownText(error: unknown): string {
  // One that came from Python has all that it passed through in its stack, each time again.
  const own = error instanceof Error && !(error instanceof PythonError);
  return (own && error.stack) || String(error);
}

/** Frames of ours and of pythonia's, which say nothing to those who look for their own. */
const OWN_FRAME = /[\\/](python[\\/]python-client|pythonia[\\/]Bridge)\./;
const MAX_TEXT = 1 << 16;
