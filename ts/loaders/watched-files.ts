import { existsSync } from "node:fs";
import { readSources } from "../bindings/sources.ts";

/** Returns the existing files to watch for a program: its own, and those that it imports. */
export function watchedFiles(program: string): string[] {
  return readSources(program).paths.filter((path) => existsSync(path));
}
