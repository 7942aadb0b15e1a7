// The JavaScript that stands for a program where it is imported.
import { basename } from "node:path";
import { defaultExport, type OpeningOptions, openingCode } from "../bindings/opening.ts";

/** Code that opens the program's source, which lies where it is; its own place does not matter. */
export function sourceModule(
  program: string,
  format: "js" | "cjs",
  options: OpeningOptions = {},
): string {
  return openingCode({ beside: program }, format, options) + defaultExport(format);
}

/** Code that opens a module that is in the folder of the code, or in one above. */
export function assetModule(manifest: string, options: OpeningOptions): string {
  const place = { beside: manifest, inProject: manifest };
  return openingCode(place, "js", options) + defaultExport("js");
}

/** Whether a path is a program's. */
export function isProgram(path: string): boolean {
  return path.endsWith(".fut") && basename(path) !== ".fut";
}
