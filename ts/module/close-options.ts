import { got } from "../arguments/describe.ts";
import { ArgumentError } from "../errors.ts";
import { isPlainObject } from "../plain-object.ts";
import { didYouMean } from "../spelling.ts";

/** Options for closing a module. */
export interface CloseOptions {
  /** Milliseconds to wait for running calls before ending the worker; default forever. */
  readonly timeoutMs?: number;
}

/** @throws {ArgumentError} If an option is unknown or invalid. */
export function checkCloseOptions(options: CloseOptions): void {
  if (!isPlainObject(options)) {
    throw new ArgumentError(`close: expected an object of options, got ${got(options)}`);
  }
  const { timeoutMs, ...others } = options as CloseOptions;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ArgumentError(
      `close: unknown option ${unknown}; the only known option is timeoutMs${didYouMean(unknown, ["timeoutMs"])}`,
    );
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0)) {
    throw new ArgumentError(
      `close: expected timeoutMs to be a number of 0 or more, got ${String(timeoutMs)}`,
    );
  }
}
