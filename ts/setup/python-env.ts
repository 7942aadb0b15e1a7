import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { chooseInterpreter, type Interpreter, probeInterpreter } from "./interpreter.ts";
import { cacheDir, isCheckout, packageRoot } from "./places.ts";
import type { Progress } from "./progress.ts";
import { lockDigest } from "./requirements-lock.ts";
import { CommandError, runTwice } from "./run-command.ts";
import type { SetupLock } from "./setup-lock.ts";
import { ensureUv } from "./uv.ts";
import { which } from "./which.ts";

/** Sets of packages beyond what users need: the dependency groups of pyproject.toml. */
export type DependencyGroup = "demo" | "test" | "check" | "hastl";

/** The Python environment that set-up made. */
export interface PythonEnv {
  /** Its interpreter. */
  readonly python: string;
  readonly version: string;
  /** The folder where Python.h belongs. */
  readonly include: string;
}

/** What the environment was made from; a missing or different one means that it is out of date. */
interface Stamp extends Omit<PythonEnv, "python"> {
  readonly lock: string;
  readonly groups: readonly DependencyGroup[];
  /** The interpreter that the environment was made with. */
  readonly base: string;
}

const STAMP_NAME = "futhark-bridge.json";

/** hastl builds its modules when it is installed: both back ends, without the slow optimisations. */
const HASTL_BUILD = { HASTL_BACKENDS: "c multicore", CFLAGS: "-O1" } as const;

/** The folder of the environment: `.venv` in a checkout, else one per version in the cache. */
export function pythonEnvDir(): string {
  if (isCheckout()) return join(packageRoot, ".venv");
  return join(cacheDir(), `python-${VERSION}`);
}

/**
 * Finds the interpreter for the worker without starting one: `explicit`, FUTHARK_BRIDGE_PYTHON, the
 * environment that set-up made, VIRTUAL_ENV, then `python3` on PATH.
 */
export function findPython(explicit?: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = explicit ?? env.FUTHARK_BRIDGE_PYTHON;
  if (named) return named;
  const made = envPython(pythonEnvDir());
  if (existsSync(made)) return made;
  if (env.VIRTUAL_ENV && existsSync(envPython(env.VIRTUAL_ENV))) return envPython(env.VIRTUAL_ENV);
  return which("python3", env.PATH) ?? "python3";
}

/** The environment as it is, when it has all that the lock file and `groups` ask for. */
export function currentPythonEnv(
  groups: readonly DependencyGroup[],
  base?: string,
  folder: string = pythonEnvDir(),
): PythonEnv | undefined {
  const stamp = readStamp(folder);
  if (stamp === undefined || !existsSync(envPython(folder))) return undefined;
  if (stamp.lock !== lockDigest(readLock())) return undefined;
  if (!groups.every((group) => stamp.groups.includes(group))) return undefined;
  if (base !== undefined && base !== stamp.base) return undefined;
  return { python: envPython(folder), version: stamp.version, include: stamp.include };
}

/**
 * Makes the environment, or brings it up to date: exactly the locked packages, hashes checked.
 * @param named the interpreter to make it from; FUTHARK_BRIDGE_PYTHON when left out.
 * @throws {BuildError} saying what is missing.
 */
export async function ensurePythonEnv(
  groups: readonly DependencyGroup[],
  named: string | undefined,
  progress: Progress,
  lock: SetupLock,
): Promise<PythonEnv> {
  const folder = pythonEnvDir();
  const name = named ?? (process.env.FUTHARK_BRIDGE_PYTHON || undefined);
  const wish = name === envPython(folder) ? undefined : name;
  const current = wish === undefined ? currentPythonEnv(groups) : undefined;
  if (current !== undefined) return current;
  const base = await chooseInterpreter(wish);
  const same = currentPythonEnv(groups, base.path);
  if (same !== undefined) return same;
  await lock.take();
  const made = currentPythonEnv(groups, base.path);
  if (made !== undefined) return made; // by another set-up, meanwhile
  const pins = readLock();
  const uv = await ensureUv(base, pins, progress);
  const old = readStamp(folder);
  const wanted = mergeGroups(old?.lock === lockDigest(pins) ? old.groups : [], groups);
  rmSync(join(folder, STAMP_NAME), { force: true });
  try {
    await createEnv(uv, folder, base, old);
    await installPackages(uv, folder, wanted, progress);
  } catch (error) {
    if (error instanceof CommandError) throw explained(error);
    throw error;
  }
  const { version, include } = base;
  const stamp: Stamp = {
    lock: lockDigest(pins),
    groups: wanted,
    base: base.path,
    version,
    include,
  };
  writeFileSync(join(folder, STAMP_NAME), `${JSON.stringify(stamp, null, 2)}\n`);
  return { python: envPython(folder), version, include };
}

/**
 * Keeps an environment that works and has the right base; anything else is made anew, and so is
 * one without a stamp, in which a set-up was interrupted.
 */
async function createEnv(
  uv: string,
  folder: string,
  base: Interpreter,
  old: Stamp | undefined,
): Promise<void> {
  const python = envPython(folder);
  const found = existsSync(python) ? await probeInterpreter(python) : undefined;
  const keep = found?.version === base.version && old?.base === base.path;
  if (keep) return;
  await runTwice(uv, ["venv", "--quiet", "--clear", "--python", base.path, folder], {
    env: uvEnv(),
    timeoutMs: 120_000,
  });
}

async function installPackages(
  uv: string,
  folder: string,
  groups: readonly DependencyGroup[],
  progress: Progress,
): Promise<void> {
  const install = (label: string, chosen: readonly DependencyGroup[], more: readonly string[]) =>
    progress.step(label, () =>
      runTwice(
        uv,
        [
          ...["pip", "install", "--quiet", "--python", envPython(folder), "--require-hashes"],
          ...["--requirements", "pyproject.toml", "--constraints", "requirements.lock"],
          ...chosen.flatMap((group) => ["--group", group]),
          ...more,
        ],
        { cwd: packageRoot, env: { ...uvEnv(), ...HASTL_BUILD } },
      ),
    );
  // hastl's build needs the other packages in place, so it comes in a second step.
  const others = groups.filter((group) => group !== "hastl");
  await install("Python packages", others, others.length === groups.length ? ["--exact"] : []);
  if (others.length === groups.length) return;
  const build = ["--exact", "--no-build-isolation-package", "hastl"];
  await install("hastl (compiles C, half a minute)", groups, build);
}

function explained(error: CommandError): BuildError {
  return new BuildError(
    "the Python environment could not be made: check the network and the package index settings, " +
      `then run it again. ${error.message}:\n${error.tail()}`,
    { cause: error },
  );
}

/** uv must use the interpreter that was chosen, and no environment that happens to be active. */
/** The environment that uv runs in. */
export function uvEnv(): NodeJS.ProcessEnv {
  const { VIRTUAL_ENV: _active, ...env } = process.env;
  // The system's own certificates, where it has some: behind a company's proxy or mirror uv's
  // built-in ones do not do.
  const system = existsSync("/etc/ssl/certs/ca-certificates.crt")
    ? { UV_SYSTEM_CERTS: "true" }
    : {};
  return { ...system, ...env, UV_PYTHON_DOWNLOADS: "never" };
}

function mergeGroups(
  some: readonly DependencyGroup[],
  more: readonly DependencyGroup[],
): DependencyGroup[] {
  return [...new Set([...some, ...more])].sort();
}

function envPython(folder: string): string {
  return join(folder, "bin", "python");
}

function readLock(): string {
  return readFileSync(join(packageRoot, "requirements.lock"), "utf8");
}

function readStamp(folder: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, STAMP_NAME), "utf8")) as Stamp; // ours, see above
  } catch {
    return undefined; // missing or damaged: out of date either way
  }
}
