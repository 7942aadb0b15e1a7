// apache-arrow itself, which only those need who ask for its objects.
// biome-ignore lint/suspicious/noTsIgnore: with the package there is no error to expect
/** @ts-ignore: an optional peer; where it is not installed its types are any. */
import type * as ApacheArrow from "apache-arrow";
import { notInstalled, requireInstalled } from "../installed.ts";

/** The library. */
export type Arrow = typeof ApacheArrow;

/** @throws {BuildError} It is not installed. */
export async function loadArrow(): Promise<Arrow> {
  try {
    return await import("apache-arrow");
  } catch (cause) {
    throw notInstalled("what makes Arrow objects", "apache-arrow", cause);
  }
}

/**
 * For those who cannot wait: as `require` gives it.
 * @throws {BuildError} It is not installed.
 */
export function loadArrowSync(): Arrow {
  try {
    return requireInstalled("apache-arrow") as Arrow;
  } catch (cause) {
    throw notInstalled("what makes Arrow objects", "apache-arrow", cause);
  }
}
