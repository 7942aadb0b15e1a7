import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { got } from "../arguments/describe.ts";
import { ArgumentError, BuildError } from "../errors.ts";

/**
 * Returns a name or path as is, and the path of a `file:` URL.
 * @param expected Start of the error message: `open: expected the name or path of a module`.
 * @throws {ArgumentError} If it is neither, or a URL with another scheme.
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
 * Finds the program of generated bindings. A compiler may have written the bindings to another
 * folder without the program, which is then looked up by its path in the project.
 * @param from The file of the bindings: `import.meta.url`, or `__filename`.
 * @param beside Path of the program from the folder that the bindings were generated in.
 * @param inProject Path of the program from the folder that contains package.json.
 * @throws {BuildError} If it is in none of these places.
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
    `the program of the bindings was not found at ${first}${project}: build it, or pass its path: open({ module })`,
  );
}
