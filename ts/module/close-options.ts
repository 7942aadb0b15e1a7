import { got } from "../arguments/got.ts";
import { ArgumentError } from "../errors.ts";
import { isPlainObject } from "../plain-object.ts";
import { didYouMean } from "../spelling.ts";

/** How a module is closed. */
export interface CloseOptions {
  /** How long running calls are waited for; then the worker is ended, and they fail. */
  readonly timeoutMs?: number;
}

/** @throws {ArgumentError} An unknown option, or one of the wrong kind. */
export function checkCloseOptions(options: CloseOptions): void {
  if (!isPlainObject(options)) {
    throw new ArgumentError(`close: expected an object of options, got ${got(options)}`);
  }
  const { timeoutMs, ...others } = options as CloseOptions;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ArgumentError(
      `close: unknown option ${unknown}; known is timeoutMs${didYouMean(unknown, ["timeoutMs"])}`,
    );
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0)) {
    throw new ArgumentError(
      `close: expected timeoutMs to be a number of 0 or more, got ${String(timeoutMs)}`,
    );
  }
}
