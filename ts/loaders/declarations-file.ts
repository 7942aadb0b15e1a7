import { existsSync, readFileSync } from "node:fs";
import { declarationsPath, readSources, sourcesNote } from "../bindings/sources.ts";
import { writeBindings } from "../bindings/write-bindings.ts";
import { programInfo } from "../cli/program-manifest.ts";

/** Returns whether the types beside a program were generated from its current sources. */
export function declarationsAreCurrent(program: string): boolean {
  const path = declarationsPath(program);
  return existsSync(path) && readFileSync(path, "utf8").includes(sourcesNote(readSources(program)));
}

/**
 * Writes the types of a program beside it, if they are missing or out of date.
 * @throws {BuildError} If it does not compile, or there is no compiler.
 */
export async function updateDeclarations(program: string): Promise<void> {
  if (declarationsAreCurrent(program)) return;
  writeBindings(await programInfo(program), program, declarationsPath(program));
}
