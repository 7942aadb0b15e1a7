// Generates the JavaScript module for an imported program.
import { basename } from "node:path";
import { defaultExport, type OpeningOptions, openingCode } from "../bindings/opening.ts";

/** Generates code that opens the source of a program in place, by its path. */
export function sourceModule(
  program: string,
  format: "js" | "cjs",
  options: OpeningOptions = {},
): string {
  return openingCode({ beside: program }, format, options) + defaultExport(format);
}

/** Generates code that opens a built program in the folder of the code, or in one above. */
export function assetModule(manifest: string, options: OpeningOptions): string {
  const place = { beside: manifest, inProject: manifest };
  return openingCode(place, "js", options) + defaultExport("js");
}

/** Returns whether a path refers to a program. */
export function isProgram(path: string): boolean {
  return path.endsWith(".fut") && basename(path) !== ".fut";
}
