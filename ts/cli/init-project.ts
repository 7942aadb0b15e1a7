import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ArgumentError } from "../errors.ts";
import { projectFiles } from "./init-files.ts";

/**
 * Writes a new project.
 * @returns The paths of its files.
 * @throws {ArgumentError} One of them exists; nothing is written.
 */
export async function initProject(folder: string): Promise<string[]> {
  const files = Object.entries(projectFiles(nameOf(folder)));
  const paths = files.map(([name]) => join(folder, name));
  const present = paths.filter((path) => existsSync(path));
  if (present.length > 0) {
    throw new ArgumentError(
      `nothing was written, because these files exist: ${present.join(", ")}`,
    );
  }
  for (const [i, [, content]] of files.entries()) {
    const path = paths[i] as string; // of equal length
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: "wx" });
  }
  return paths;
}

/** Returns a folder's name as a valid name of an npm package. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z\d~-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return name || "project";
}
