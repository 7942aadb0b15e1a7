import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BuildError } from "../errors.ts";

/** Root of the package: of the checkout, or of the copy that npm installed. */
export const packageRoot: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Whether this is a checkout of the repository; npm leaves package-lock.json out of packages. */
export function isCheckout(root: string = packageRoot): boolean {
  return existsSync(join(root, "package-lock.json"));
}

/** Version of this package, as package.json has it. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot, "package.json"), "utf8");
  const { version } = JSON.parse(text) as { version: string }; // npm refuses a package without one
  return version;
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
