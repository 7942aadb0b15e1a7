// Loads apache-arrow, which is needed only to create its objects.
// biome-ignore lint/suspicious/noTsIgnore: there is no error if the package is installed
/** @ts-ignore: an optional peer dependency; its types are `any` if it is not installed. */
import type * as ApacheArrow from "apache-arrow";
import { notInstalled, requireInstalled } from "../installed.ts";

/** The apache-arrow module. */
export type Arrow = typeof ApacheArrow;

/** @throws {BuildError} The package is not installed. */
export async function loadArrow(): Promise<Arrow> {
  try {
    return await import("apache-arrow");
  } catch (cause) {
    throw notInstalled("conversion to Arrow", "apache-arrow", cause);
  }
}

/**
 * Loads the library synchronously, by `require`.
 * @throws {BuildError} The package is not installed.
 */
export function loadArrowSync(): Arrow {
  try {
    return requireInstalled("apache-arrow") as Arrow;
  } catch (cause) {
    throw notInstalled("conversion to Arrow", "apache-arrow", cause);
  }
}
