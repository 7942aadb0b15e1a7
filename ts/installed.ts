// Packages that users may leave out: loaded when they are used, and said to be missing then.
import { createRequire } from "node:module";
import { BuildError } from "./errors.ts";

/**
 * Loads a package from where this code is installed. Bundlers do not see it: native code, and what
 * is loaded by halves, cannot be part of a bundle.
 * @throws The package is not installed there.
 */
export function requireInstalled(name: string): unknown {
  // A bundle in CommonJS has a file name, but no URL.
  const here = typeof __filename === "string" ? __filename : import.meta.url;
  return createRequire(here)(name);
}

/** What to throw where a package is missing that `what` needs. */
export function notInstalled(what: string, name: string, cause: unknown): BuildError {
  const said = cause instanceof Error ? ` (${cause.message})` : "";
  return new BuildError(`${what} needs the package ${name}: npm install ${name}${said}`, { cause });
}
