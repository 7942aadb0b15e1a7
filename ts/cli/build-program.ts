import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Backend } from "../backends.ts";
import { declarationsPath } from "../bindings/sources.ts";
import { writeBindings } from "../bindings/write-bindings.ts";
import { ArgumentError, BuildError } from "../errors.ts";
import type { Progress } from "../setup/progress.ts";
import { findPython } from "../setup/python-env.ts";
import { CommandError, run } from "../setup/run-command.ts";
import { workerEnv } from "../worker/worker-options.ts";
import { programInfo, requireCompiler } from "./program-manifest.ts";

// Errors in the program are printed without a traceback; any other exception is a bug.
const BUILD = `
import sys
from pathlib import Path
from futhark_bridge.setup.build import build
from futhark_bridge.errors import FutharkError
try:
    print(build(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
except FutharkError as error:
    sys.exit(str(error))
`;

/**
 * Compiles a program, builds its CFFI module, and writes the module, its manifest and its bindings
 * to a folder.
 * @param extension Extension of the bindings: `ts`, `js` or `cjs`; `fut` writes the types of a
 *   program that is imported directly, beside the program.
 * @returns The paths of the written files.
 * @throws {BuildError} The message is the output of the compilers.
 */
export async function buildProgram(
  path: string,
  backend: Backend,
  folder: string,
  progress: Progress,
  extension = "ts",
): Promise<string[]> {
  if (!path.endsWith(".fut")) throw new ArgumentError(`expected a program (.fut), got ${path}`);
  if (!existsSync(path)) throw new BuildError(`no such file: ${path}`);
  const module = await progress.step(`build ${basename(path)} for ${backend}`, () =>
    buildModule(path, backend, folder),
  );
  const name = basename(module).split(".")[0]?.slice(1);
  const manifest = join(folder, `${name}.json`);
  const types = extension === "fut" ? declarationsPath(path) : undefined;
  const bindings = types ?? join(folder, `${name}.${extension}`);
  const files = writeBindings(await programInfo(manifest), types ? path : manifest, bindings);
  return [join(folder, basename(module)), manifest, ...files];
}

/**
 * Builds a program's CFFI module, or reuses a build, and copies it with its manifest into a folder.
 * @returns Its path.
 * @throws {BuildError} With the output of the compilers.
 */
export async function buildModule(path: string, backend: Backend, folder: string): Promise<string> {
  const env = workerEnv({ FUTHARK: requireCompiler() });
  try {
    const args = ["-P", "-c", BUILD, path, backend, folder];
    return (await run(findPython(), args, { env })).trim();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new BuildError(error.output.trim() || error.message, { cause: error });
  }
}
