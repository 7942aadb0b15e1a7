import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BuildError } from "../errors.ts";

/**
 * Root folder of the package: of the checkout, or of the installed copy. In a bundle it is some
 * other folder, or `""`, so check that a file exists before using it.
 */
export const packageRoot: string = rootAbove(import.meta.url);

/** @param url URL of this file; undefined in CommonJS bundles. */
function rootAbove(url: string | undefined): string {
  return url?.startsWith("file:") ? dirname(dirname(dirname(fileURLToPath(url)))) : "";
}

/** Whether this is a checkout of the repository; npm leaves package-lock.json out of packages. */
export function isCheckout(root: string = packageRoot): boolean {
  return holdsPythonSide(join(root, "py")) && existsSync(join(root, "package-lock.json"));
}

/**
 * Returns the folder that contains the Python package futhark_bridge: `named`,
 * FUTHARK_BRIDGE_PYTHON_FOLDER, or the one in this package.
 * @throws {BuildError} It is not there; a bundle has to name one.
 */
export function pythonFolder(named?: string, env: NodeJS.ProcessEnv = process.env): string {
  const variable = env.FUTHARK_BRIDGE_PYTHON_FOLDER || undefined;
  const folder = named ?? variable ?? join(packageRoot, "py");
  if (isAbsolute(packageRoot) || named !== undefined || variable !== undefined) {
    if (holdsPythonSide(folder)) return resolve(folder);
  }
  const how = "node_modules/futhark-bridge/py, or a copy of it";
  if (named === undefined && variable === undefined) {
    throw new BuildError(
      `the Python side of futhark-bridge is not beside its code, as in a bundle: name its folder (${how}) with the option pythonFolder or FUTHARK_BRIDGE_PYTHON_FOLDER`,
    );
  }
  const where = named === undefined ? "FUTHARK_BRIDGE_PYTHON_FOLDER" : "option pythonFolder";
  throw new BuildError(
    `${where}: expected the folder that contains futhark_bridge (${how}), got ${folder}`,
  );
}

function holdsPythonSide(folder: string): boolean {
  return existsSync(join(folder, "futhark_bridge", "worker", "process.py"));
}

/**
 * Returns the folder for what setup fetches: `$XDG_CACHE_HOME/futhark-bridge`, or in `~/.cache`.
 * @throws {BuildError} There is no home folder.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  // A relative path is ignored: https://specifications.freedesktop.org/basedir
  const named = env.XDG_CACHE_HOME ?? "";
  if (isAbsolute(named)) return join(named, "futhark-bridge");
  const home = homeFolder();
  if (isAbsolute(home)) return join(home, ".cache", "futhark-bridge");
  throw new BuildError(
    "no cache folder, as there is no home folder; set XDG_CACHE_HOME to name one",
  );
}

/** Prefix of temporary folders in the cache, each used only by the setup that created it. */
export const WORK_PREFIX = "work-";

/** @throws {BuildError} The folder cannot be created. */
export function makeCacheDir(): string {
  const folder = cacheDir();
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw cacheError(error);
  }
  return folder;
}

/** Creates a temporary folder, which the caller must remove. */
export function makeWorkDir(): string {
  const folder = makeCacheDir();
  try {
    return mkdtempSync(join(folder, WORK_PREFIX));
  } catch (error) {
    throw cacheError(error);
  }
}

/** Converts an error of the system to one that names the cache folder and how to change it. */
export function cacheError(error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const message = `cannot write to the cache folder ${cacheDir()}: ${error.message}; set XDG_CACHE_HOME to change it`;
  return new BuildError(message, { cause: error });
}

function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return ""; // the user is not in the system's database
  }
}
