import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import { type AptSource, findDebianMirror, readAptSources } from "./apt-sources.ts";
import {
  DEBIAN_MACHINES,
  type DebianMachine,
  type DebianRelease,
  unpackDebianPackages,
} from "./debian-package.ts";
import { writeWrapper } from "./futhark-wrapper.ts";
import { cacheDir, makeWorkDir } from "./places.ts";
import type { Progress } from "./progress.ts";
import { CommandError } from "./run-command.ts";
import { which } from "./which.ts";

/** A compiler in the cache, and the release that it is from. */
export interface FetchedFuthark {
  /** Named `futhark-VERSION`; contains the program `futhark`. */
  readonly folder: string;
  readonly from: DebianRelease;
}

/**
 * Fetches Debian's package of the compiler into the cache.
 * @param release By default testing, and stable if testing fails.
 * @throws {BuildError} The machine cannot use Debian's packages, or fetching fails.
 */
export async function fetchFuthark(
  release: DebianRelease | undefined,
  progress: Progress,
  versionOf: (program: string) => Promise<string>,
): Promise<FetchedFuthark> {
  const machine = process.platform === "linux" ? DEBIAN_MACHINES[process.arch] : undefined;
  const hasApt = which("apt-get") !== undefined && which("dpkg-deb") !== undefined;
  if (machine === undefined || !hasApt) throw new BuildError(`no Futhark compiler: ${HOW}`);
  const mirror = findDebianMirror(readAptSources());
  if (mirror === undefined) {
    throw new BuildError(`no Futhark compiler, and no Debian mirror in apt's sources: ${HOW}`);
  }
  const failures: string[] = [];
  for (const from of release === undefined ? (["testing", "stable"] as const) : [release]) {
    try {
      const folder = await progress.step(`Futhark compiler from Debian ${from}`, () =>
        fetchInto(cacheDir(), from, mirror, machine, versionOf),
      );
      return { folder, from };
    } catch (error) {
      failures.push(`Debian ${from}: ${reason(error)}`);
    }
  }
  throw new BuildError(
    `no Futhark compiler, and Debian's package could not be fetched; check the network, or ${HOW}\n` +
      failures.join("\n"),
  );
}

async function fetchInto(
  cache: string,
  release: DebianRelease,
  mirror: AptSource,
  machine: DebianMachine,
  versionOf: (program: string) => Promise<string>,
): Promise<string> {
  const work = makeWorkDir();
  try {
    const root = await unpackDebianPackages(["futhark"], mirror, release, machine, work);
    rmSync(join(root, "usr", "share"), { recursive: true, force: true }); // only documentation
    const trial = join(work, "futhark");
    writeWrapper(trial, root, machine);
    const folder = join(cache, `futhark-${await versionOf(trial)}`);
    if (!existsSync(folder)) {
      const ready = mkdtempSync(join(work, "ready-"));
      renameSync(root, join(ready, "root"));
      writeWrapper(join(ready, "futhark"), join(folder, "root"), machine, join(ready, "root"));
      renameSync(ready, folder);
    }
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function reason(error: unknown): string {
  if (error instanceof CommandError) return `${error.message}\n${error.tail(4)}`;
  return error instanceof Error ? error.message : String(error);
}

const HOW =
  "install it (macOS or Linux: brew install futhark; Nix: nix-env -iA nixpkgs.futhark; else the " +
  "tarball that futhark-lang.org links to) so that it is on PATH, or name it with FUTHARK";
