import { existsSync, readFileSync } from "node:fs";
import { declarationsPath, readSources, sourcesNote } from "../bindings/sources.ts";
import { writeBindings } from "../bindings/write-bindings.ts";
import { programInfo } from "../cli/program-manifest.ts";

/** Whether the types beside a program were made of its sources as they are now. */
export function declarationsAreCurrent(program: string): boolean {
  const path = declarationsPath(program);
  return existsSync(path) && readFileSync(path, "utf8").includes(sourcesNote(readSources(program)));
}

/**
 * Writes the types of a program beside it, where they are not there or out of date.
 * @throws {BuildError} It does not compile, or there is no compiler.
 */
export async function updateDeclarations(program: string): Promise<void> {
  if (declarationsAreCurrent(program)) return;
  writeBindings(await programInfo(program), program, declarationsPath(program));
}
