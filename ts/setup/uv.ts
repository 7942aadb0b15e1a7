import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import type { Interpreter } from "./interpreter.ts";
import { cacheDir, makeWorkDir } from "./places.ts";
import type { Progress } from "./progress.ts";
import { pinnedBlock, pinnedVersion } from "./requirements-lock.ts";
import { CommandError, run, runTwice } from "./run-command.ts";
import { which } from "./which.ts";

/** Older versions lack options used here. */
const OLDEST_UV = [0, 9] as const;

/**
 * Finds uv on PATH, or installs the locked version with pip into a folder of the cache.
 * @returns The path of the executable.
 * @throws {BuildError} It is not on PATH and cannot be installed.
 */
export async function ensureUv(
  python: Interpreter,
  lock: string,
  progress: Progress,
): Promise<string> {
  const onPath = which("uv");
  if (onPath !== undefined && (await isRecent(onPath))) return onPath;
  const block = pinnedBlock(lock, "uv");
  if (block === undefined) throw new BuildError("requirements.lock does not pin uv");
  const folder = join(cacheDir(), `uv-${pinnedVersion(block)}`);
  const uv = join(folder, "bin", "uv");
  if (existsSync(uv)) return uv;
  if (!python.hasPip && !python.hasEnsurepip) throw new BuildError(noPip(python));
  await progress.step(`uv ${pinnedVersion(block)} (with pip)`, () =>
    installWithPip(python, block, folder),
  );
  return uv;
}

/** Installs into a temporary folder and renames it, so that `folder` is never incomplete. */
async function installWithPip(python: Interpreter, block: string, folder: string): Promise<void> {
  const work = makeWorkDir();
  try {
    const requirements = join(work, "requirements.txt");
    writeFileSync(requirements, block);
    const pip = await pipPython(python, work);
    const target = join(work, "target");
    const quiet = ["--quiet", "--disable-pip-version-check"];
    const pinned = ["--no-deps", "--only-binary", ":all:", "--require-hashes"];
    await runTwice(
      pip,
      ["-P", "-m", "pip", "install", ...quiet, ...pinned, "--target", target, "-r", requirements],
      { timeoutMs: 300_000 },
    );
    if (!existsSync(folder)) renameSync(target, folder);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new BuildError(
      "uv could not be installed with pip: check the network and pip's settings (pip config list), " +
        `or put uv on PATH yourself. Output of pip:\n${error.tail(2)}`,
      { cause: error },
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Returns a Python with pip. Debian's python3 may have pip without venv, or venv without pip. */
async function pipPython(python: Interpreter, work: string): Promise<string> {
  if (python.hasPip) return python.path;
  const venv = join(work, "venv");
  await run(python.path, ["-P", "-m", "venv", venv], { timeoutMs: 120_000 });
  return join(venv, "bin", "python");
}

async function isRecent(uv: string): Promise<boolean> {
  try {
    return isRecentVersion(await run(uv, ["--version"], { timeoutMs: 30_000 }));
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/** Whether the output of `uv --version` is a version that has the options used here. */
export function isRecentVersion(text: string): boolean {
  const match = /(\d+)\.(\d+)/.exec(text);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > OLDEST_UV[0] || (major === OLDEST_UV[0] && minor >= OLDEST_UV[1]);
}

function noPip(python: Interpreter): string {
  return (
    `${python.path} (Python ${python.version}) has neither pip nor venv, and uv is not on PATH: ` +
    "install one of them (Debian, Ubuntu: apt install python3-venv)"
  );
}
