import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BuildError } from "../errors.ts";

/**
 * Root of the package: of the checkout, or of the copy that npm installed. In a bundle it is some
 * folder above that, or none (`""`): what is wanted of it must be looked for there.
 */
export const packageRoot: string = rootAbove(import.meta.url);

/** @param url Of this file; bundles in CommonJS have none. */
function rootAbove(url: string | undefined): string {
  return url?.startsWith("file:") ? dirname(dirname(dirname(fileURLToPath(url)))) : "";
}

/** Whether this is a checkout of the repository; npm leaves package-lock.json out of packages. */
export function isCheckout(root: string = packageRoot): boolean {
  return holdsPythonSide(join(root, "py")) && existsSync(join(root, "package-lock.json"));
}

/**
 * The folder that holds the Python package futhark_bridge: `named`, FUTHARK_BRIDGE_PYTHON_FOLDER,
 * or the one in this package.
 * @throws {BuildError} It is not there: in a bundle one has to be named.
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
    `${where}: expected the folder that holds futhark_bridge (${how}), got ${folder}`,
  );
}

function holdsPythonSide(folder: string): boolean {
  return existsSync(join(folder, "futhark_bridge", "worker", "process.py"));
}

/**
 * The folder for what set-up fetches: `$XDG_CACHE_HOME/futhark-bridge`, or below `~/.cache`.
 * @throws {BuildError} There is no home folder.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  // A relative path counts as none: https://specifications.freedesktop.org/basedir
  const named = env.XDG_CACHE_HOME ?? "";
  if (isAbsolute(named)) return join(named, "futhark-bridge");
  const home = homeFolder();
  if (isAbsolute(home)) return join(home, ".cache", "futhark-bridge");
  throw new BuildError(
    "no folder to keep things in: there is no home folder; name one with XDG_CACHE_HOME",
  );
}

/** Start of the names of folders in the cache that are only of use to the set-up that made them. */
export const WORK_PREFIX = "work-";

/** @throws {BuildError} It cannot be made. */
export function makeCacheDir(): string {
  const folder = cacheDir();
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw cacheError(error);
  }
  return folder;
}

/** Makes a folder to work in; to be removed by who made it. */
export function makeWorkDir(): string {
  const folder = makeCacheDir();
  try {
    return mkdtempSync(join(folder, WORK_PREFIX));
  } catch (error) {
    throw cacheError(error);
  }
}

/** What the system says of the cache folder, with a way out. */
export function cacheError(error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const message = `cannot keep things in ${cacheDir()}: ${error.message}; XDG_CACHE_HOME names another place for it`;
  return new BuildError(message, { cause: error });
}

function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return ""; // a user that the system does not know
  }
}
