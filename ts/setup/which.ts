import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/**
 * Finds an executable as a shell does: `name` on PATH, or as a path if it contains a slash.
 * @returns Its absolute path, or `undefined`.
 */
export function which(name: string, path: string = process.env.PATH ?? ""): string | undefined {
  if (name.includes("/")) return isExecutable(name) ? resolve(name) : undefined;
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder || ".", name);
    if (isExecutable(candidate)) return resolve(candidate);
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
