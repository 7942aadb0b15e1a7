import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { chooseInterpreter, type Interpreter, probeInterpreter } from "./interpreter.ts";
import { cacheDir, isCheckout, packageRoot } from "./places.ts";
import type { Progress } from "./progress.ts";
import { lockDigest, readLock } from "./requirements-lock.ts";
import { CommandError, runTwice } from "./run-command.ts";
import type { SetupLock } from "./setup-lock.ts";
import { ensureUv } from "./uv.ts";
import { which } from "./which.ts";

/**
 * Packages that not all users need: dependency groups of pyproject.toml, and the extra `ray`, which
 * runs pools on a cluster.
 */
export type DependencyGroup = "demo" | "test" | "check" | "hastl" | "ray";

/** The Python environment created by setup. */
export interface PythonEnv {
  /** Its interpreter. */
  readonly python: string;
  readonly version: string;
  /** The folder of Python.h, which may be absent. */
  readonly include: string;
}

/** What the environment was created from; it is out of date if this is missing or different. */
interface Stamp extends Omit<PythonEnv, "python"> {
  readonly lock: string;
  readonly groups: readonly DependencyGroup[];
  /** The interpreter that the environment was created with. */
  readonly base: string;
}

const STAMP_NAME = "futhark-bridge.json";

/** hastl builds its modules on installation: here both back ends, with fast compilation. */
const HASTL_BUILD = { HASTL_BACKENDS: "c multicore", CFLAGS: "-O1" } as const;

/** Returns the environment's folder: `.venv` in a checkout, else one per version in the cache. */
export function pythonEnvDir(): string {
  if (isCheckout()) return join(packageRoot, ".venv");
  return join(cacheDir(), `python-${VERSION}`);
}

/**
 * Finds the worker's interpreter without starting it: `explicit`, FUTHARK_BRIDGE_PYTHON, the
 * environment created by setup, VIRTUAL_ENV, then `python3` on PATH.
 */
export function findPython(explicit?: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = explicit ?? env.FUTHARK_BRIDGE_PYTHON;
  if (named) return named;
  const made = envPython(pythonEnvDir());
  if (existsSync(made)) return made;
  if (env.VIRTUAL_ENV && existsSync(envPython(env.VIRTUAL_ENV))) return envPython(env.VIRTUAL_ENV);
  return which("python3", env.PATH) ?? "python3";
}

/** Returns the existing environment, if it matches the lock file, `groups` and `base`. */
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
 * Creates or updates the environment: exactly the locked packages, with their hashes checked.
 * @param named The interpreter to create it with; default: FUTHARK_BRIDGE_PYTHON.
 * @throws {BuildError} The message says what is missing.
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
  if (made !== undefined) return made; // by another setup in the meantime
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
 * Keeps an environment that works and has the right base. Any other is created again, also one
 * without a stamp, whose setup was interrupted.
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
          ...chosen.flatMap((group) => [group === "ray" ? "--extra" : "--group", group]),
          // Its processes would compile it each time where Python may not write.
          ...(chosen.includes("ray") ? ["--compile-bytecode"] : []),
          ...more,
        ],
        { cwd: packageRoot, env: { ...uvEnv(), ...HASTL_BUILD } },
      ),
    );
  // hastl's build needs the other packages to be installed, hence the second step.
  const others = groups.filter((group) => group !== "hastl");
  await install("Python packages", others, others.length === groups.length ? ["--exact"] : []);
  if (others.length === groups.length) return;
  const build = ["--exact", "--no-build-isolation-package", "hastl"];
  await install("hastl (compiles C)", groups, build);
}

function explained(error: CommandError): BuildError {
  return new BuildError(
    "cannot create the Python environment: check the network and the package index settings, " +
      `then try again. ${error.message}:\n${error.tail()}`,
    { cause: error },
  );
}

/** Returns uv's environment: it must use the chosen interpreter, not an active environment. */
export function uvEnv(): NodeJS.ProcessEnv {
  const { VIRTUAL_ENV: _active, ...env } = process.env;
  // The system's certificates, if it has any: uv's own are not enough behind a company's proxy or
  // mirror.
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

function readStamp(folder: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, STAMP_NAME), "utf8")) as Stamp; // written above
  } catch {
    return undefined; // missing or damaged: out of date either way
  }
}
