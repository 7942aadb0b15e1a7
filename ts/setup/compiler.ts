import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { ArgumentError, BuildError } from "../errors.ts";
import type { DebianRelease } from "./debian-package.ts";
import { fetchFuthark } from "./futhark-package.ts";
import { renewWrapper } from "./futhark-wrapper.ts";
import { cacheDir } from "./places.ts";
import type { Progress } from "./progress.ts";
import { CommandError, run } from "./run-command.ts";
import type { SetupLock } from "./setup-lock.ts";
import { which } from "./which.ts";

/** A Futhark compiler, and how it was found. */
export interface Compiler {
  readonly path: string;
  readonly origin: "FUTHARK" | "PATH" | "cache";
}

/** A compiler that was started to read its version. */
export interface RunningCompiler extends Compiler {
  /** For example `0.25.32`. */
  readonly version: string;
}

/**
 * Finds the compiler without starting it: FUTHARK, the release that FUTHARK_BRIDGE_COMPILER names,
 * `futhark` on PATH, then the one that setup fetched.
 * @param release Only a fetched compiler of this release; FUTHARK still takes precedence.
 * @throws {BuildError} FUTHARK is not the path or name of an executable.
 */
export function findCompiler(
  release: DebianRelease | undefined = releaseFromEnv(),
): Compiler | undefined {
  const named = process.env.FUTHARK;
  if (named) {
    const path = which(named);
    if (path === undefined) throw new BuildError(`FUTHARK is not an executable: ${named}`);
    return { path, origin: "FUTHARK" };
  }
  const onPath = release === undefined ? which("futhark") : undefined;
  if (onPath !== undefined) return { path: onPath, origin: "PATH" };
  const fetched = which(linkOf(release));
  return fetched === undefined ? undefined : { path: fetched, origin: "cache" };
}

/**
 * Finds a compiler that runs, or fetches one.
 * @param release Use the compiler of this Debian release, and make it the default fetched one.
 * @throws {BuildError} There is none for this machine; the message says how to install one.
 */
export async function ensureCompiler(
  release: DebianRelease | undefined,
  progress: Progress,
  lock: SetupLock,
): Promise<RunningCompiler> {
  const wanted = release ?? releaseFromEnv();
  let found = findCompiler(wanted);
  if (found === undefined) {
    await lock.take();
    found = findCompiler(wanted);
  }
  if (found !== undefined) {
    if (found.origin === "cache") renewWrapper(realpathSync(found.path));
    const version = await compilerVersion(found.path);
    if (release !== undefined && found.origin === "cache")
      link(realpathSync(found.path), linkOf(undefined));
    return { ...found, version };
  }
  const { folder, from } = await fetchFuthark(wanted, progress, compilerVersion);
  const path = join(folder, "futhark");
  link(path, linkOf(from));
  if (release !== undefined || !existsSync(linkOf(undefined))) link(path, linkOf(undefined));
  return {
    path: linkOf(wanted),
    origin: "cache",
    version: basename(folder).replace("futhark-", ""),
  };
}

/** Runs a compiler to read its version. */
export async function compilerVersion(path: string): Promise<string> {
  try {
    const text = await run(path, ["--version"], { timeoutMs: 30_000 });
    const version = /Futhark (\d[\w.]*\d)/.exec(text)?.[1];
    if (version !== undefined) return version;
    throw new BuildError(
      `${path} is not a Futhark compiler: --version printed ${text.slice(0, 80)}`,
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new BuildError(`${path} does not run: ${error.message}\n${error.tail(3)}`, {
      cause: error,
    });
  }
}

/** Parses the name of a release. */
export function parseRelease(text: string): DebianRelease {
  if (text === "testing" || text === "stable") return text;
  throw new ArgumentError(`compiler release: expected testing or stable, got ${text}`);
}

function releaseFromEnv(): DebianRelease | undefined {
  const text = process.env.FUTHARK_BRIDGE_COMPILER;
  return text ? parseRelease(text) : undefined;
}

function linkOf(release: DebianRelease | undefined): string {
  return join(cacheDir(), "bin", release === undefined ? "futhark" : `futhark-${release}`);
}

/** Replaces a link atomically, so that other processes never find it missing. */
function link(target: string, path: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, path);
}
