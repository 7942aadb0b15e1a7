import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend } from "../backends.ts";
import { readManifest } from "../bindings/manifest.ts";
import type { ProgramInfo } from "../bindings/program-info.ts";
import { ArgumentError, BuildError } from "../errors.ts";
import { findCompiler } from "../setup/compiler.ts";
import { CommandError, run } from "../setup/run-command.ts";

/**
 * Reads a program's description without Python: from its manifest, or from its source, which is
 * only compiled to C.
 * @param path A manifest (`.json`) or a program (`.fut`).
 * @throws {ArgumentError} The path is neither.
 * @throws {BuildError} The file does not exist, is not a manifest, or does not compile.
 */
export async function programInfo(path: string, backend: Backend = "c"): Promise<ProgramInfo> {
  if (path.endsWith(".json")) return readManifestFile(path);
  if (!path.endsWith(".fut")) {
    throw new ArgumentError(`expected a manifest (.json) or a program (.fut), got ${path}`);
  }
  return await compiledInfo(path, backend);
}

/** @throws {BuildError} There is no compiler; the message says how to install one. */
export function requireCompiler(): string {
  const compiler = findCompiler();
  if (compiler !== undefined) return compiler.path;
  throw new BuildError("no Futhark compiler found: run futhark-bridge setup");
}

function readManifestFile(path: string): ProgramInfo {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new BuildError(`cannot read the manifest ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    return readManifest(manifest);
  } catch (error) {
    if (error instanceof BuildError)
      throw new BuildError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function compiledInfo(path: string, backend: Backend): Promise<ProgramInfo> {
  const compiler = requireCompiler();
  const work = mkdtempSync(join(tmpdir(), "futhark-bridge-"));
  try {
    await run(compiler, [backend, "--library", "-o", join(work, "program"), path], { work });
    return readManifestFile(join(work, "program.json"));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new BuildError(`${path} does not compile:\n${error.output.trim()}`, { cause: error });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
