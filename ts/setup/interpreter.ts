import { existsSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import { CommandError, run } from "./run-command.ts";
import { which } from "./which.ts";

/** Properties of a Python interpreter, as it reports them. */
export interface Interpreter {
  /** Resolved path: not a shim, nor a link that changes with the system's default version. */
  readonly path: string;
  /** For example `3.11.7`. */
  readonly version: string;
  readonly hasPip: boolean;
  /** Whether `python -m venv` can install pip. */
  readonly hasEnsurepip: boolean;
  /** The folder of Python.h, which may be absent. */
  readonly include: string;
}

/** The oldest and the newest minor version of Python 3 that the locked packages have wheels for. */
const MINOR_VERSIONS = { oldest: 11, newest: 14 } as const;

const PROBE = `
import importlib.util as u, json, os, platform, sys, sysconfig
print(json.dumps({
    "path": os.path.realpath(sys.executable) if sys.prefix == sys.base_prefix else sys.executable,
    "version": platform.python_version(),
    "hasPip": u.find_spec("pip") is not None,
    "hasEnsurepip": u.find_spec("venv") is not None and u.find_spec("ensurepip") is not None,
    "include": sysconfig.get_path("include"),
}))
`;

/** Runs an interpreter to read its properties; returns `undefined` if it does not run. */
export async function probeInterpreter(command: string): Promise<Interpreter | undefined> {
  try {
    const text = await run(command, ["-I", "-c", PROBE], { timeoutMs: 30_000 });
    return JSON.parse(text) as Interpreter; // printed by PROBE
  } catch (error) {
    if (error instanceof CommandError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a version such as `3.11.7` is new enough. */
export function isSupported(version: string): boolean {
  const minor = minorVersion(version);
  return minor !== undefined && minor >= MINOR_VERSIONS.oldest;
}

/**
 * Finds the interpreter to create an environment with.
 * @param named The user's choice of a path or name; no other is tried.
 * @throws {BuildError} There is none; the message says how to install one.
 */
export async function chooseInterpreter(named: string | undefined): Promise<Interpreter> {
  if (named !== undefined) return await namedInterpreter(named);
  let newer: Interpreter | undefined;
  for (const name of candidateNames()) {
    if (which(name) === undefined) continue;
    const found = await probeInterpreter(name);
    if (found === undefined || !isSupported(found.version)) continue;
    if ((minorVersion(found.version) ?? 0) <= MINOR_VERSIONS.newest) return found;
    newer ??= found;
  }
  if (newer !== undefined) return newer; // its packages may have to be built from source
  throw new BuildError(
    `no Python 3.${MINOR_VERSIONS.oldest} or newer on PATH: install one ` +
      "(Debian, Ubuntu: apt install python3 python3-dev python3-venv; macOS: brew install python), " +
      "or name one with FUTHARK_BRIDGE_PYTHON",
  );
}

/** Returns why CFFI modules cannot be built with this interpreter, `undefined` if they can. */
export function missingHeaders(
  interpreter: Pick<Interpreter, "include" | "version">,
): string | undefined {
  if (existsSync(join(interpreter.include, "Python.h"))) return undefined;
  return (
    `Python ${interpreter.version} has no headers (Python.h), which are needed to build modules: ` +
    "install them (Debian, Ubuntu: apt install python3-dev; Fedora: dnf install python3-devel)"
  );
}

async function namedInterpreter(named: string): Promise<Interpreter> {
  const found = which(named) === undefined ? undefined : await probeInterpreter(named);
  if (found === undefined) throw new BuildError(`${named} is not a working Python`);
  if (isSupported(found.version)) return found;
  throw new BuildError(
    `${named} is Python ${found.version}: expected 3.${MINOR_VERSIONS.oldest} or newer`,
  );
}

function candidateNames(): string[] {
  const names = ["python3"];
  for (let minor = MINOR_VERSIONS.newest; minor >= MINOR_VERSIONS.oldest; minor--) {
    names.push(`python3.${minor}`);
  }
  return names;
}

function minorVersion(version: string): number | undefined {
  const match = /^3\.(\d+)/.exec(version);
  return match === null ? undefined : Number(match[1]);
}
