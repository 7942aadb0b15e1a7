import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { got } from "../arguments/got.ts";
import { ArgumentError, BuildError } from "../errors.ts";

/**
 * The text of a name or path; of a `file:` URL the path.
 * @param expected For messages: `open: expected the name or path of a module`.
 * @throws {ArgumentError} Neither, or a URL of something else.
 */
export function pathOf(name: string | URL, expected: string): string {
  if (name instanceof URL) {
    if (name.protocol === "file:") return fileURLToPath(name);
    throw new ArgumentError(`${expected}, or a file: URL of it, got ${name.href}`);
  }
  if (typeof name === "string" && name !== "") return name;
  throw new ArgumentError(`${expected}, got ${got(name)}`);
}

/**
 * Finds the program of generated bindings. Compilers put these elsewhere than where they were
 * written, and leave the program: then it is looked for at its place in the project.
 * @param from The bindings' own file: `import.meta.url`, or `__filename`.
 * @param beside The program from the folder where the bindings were written.
 * @param inProject The program from the folder that holds package.json.
 * @throws {BuildError} It is at none of these places.
 */
export function locateProgram(from: string, beside: string, inProject?: string): string {
  const folder = dirname(from.startsWith("file:") ? fileURLToPath(from) : from);
  const first = resolve(folder, beside);
  if (existsSync(first)) return first;
  if (inProject !== undefined) {
    for (let above = folder; ; above = dirname(above)) {
      const found = resolve(above, inProject);
      if (existsSync(found)) return found;
      if (above === dirname(above)) break;
    }
  }
  const project =
    inProject === undefined ? "" : `, nor ${inProject} in a folder above that of the bindings`;
  throw new BuildError(
    `the program of the bindings is not at ${first}${project}: build it, or name it: open({ module })`,
  );
}
