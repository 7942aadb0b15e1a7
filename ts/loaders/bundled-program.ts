import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Backend } from "../backends.ts";
import { buildModule } from "../cli/build-program.ts";

/** A file that must be placed beside a bundle. */
export interface Asset {
  /** Path from the folder of the bundle, with forward slashes. */
  readonly path: string;
  readonly contents: Uint8Array;
}

/** A program built for a bundle. */
export interface BundledProgram {
  /** Path of the manifest from the folder of the bundle. */
  readonly manifest: string;
  readonly assets: readonly Asset[];
}

/**
 * Builds a program for a bundle, or reuses a build: a CFFI module and its manifest in a folder
 * whose name contains a hash of their content.
 * @throws {BuildError} With the output of the compilers.
 */
export async function bundleProgram(program: string, backend: Backend): Promise<BundledProgram> {
  const work = mkdtempSync(join(tmpdir(), "futhark-bridge-"));
  try {
    await buildModule(program, backend, work);
    const files = readdirSync(work)
      .sort()
      .map((name) => ({ name, contents: new Uint8Array(readFileSync(join(work, name))) }));
    const manifest = files.find(({ name }) => name.endsWith(".json"))?.name as string;
    const hash = createHash("sha256");
    for (const { name, contents } of files) hash.update(name).update(contents);
    const stem = manifest.slice(0, -".json".length);
    const folder = `futhark/${stem}-${hash.digest("hex").slice(0, 12)}`;
    return {
      manifest: `${folder}/${manifest}`,
      assets: files.map(({ name, contents }) => ({ path: `${folder}/${name}`, contents })),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes the files that must be placed beside a bundle. */
export function writeAssets(folder: string, assets: Iterable<Asset>): void {
  for (const { path, contents } of assets) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}
