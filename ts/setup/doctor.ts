import { existsSync } from "node:fs";
import { requireInstalled } from "../installed.ts";
import { VERSION } from "../version.ts";
import { findCCompiler, NO_C_COMPILER } from "./c-compiler.ts";
import { compilerVersion, findCompiler } from "./compiler.ts";
import { isSupported, missingHeaders, probeInterpreter } from "./interpreter.ts";
import { cacheDir } from "./places.ts";
import { currentPythonEnv, findPython } from "./python-env.ts";
import { CommandError, run } from "./run-command.ts";

/** The result of one check. */
export interface Finding {
  readonly name: string;
  /** `missing`: required; `limited`: futhark-bridge works, but slower or not completely. */
  readonly state: "ok" | "limited" | "missing";
  /** What was found, with its version or path. */
  readonly found: string;
  /** How to install it; empty if it is present. */
  readonly advice: string;
}

const SETUP = "run: futhark-bridge setup";
const PACKAGES = ["cffi", "futhark-ffi", "numpy", "setuptools"] as const;

/** Checks everything that futhark-bridge uses; changes nothing. */
export async function examine(): Promise<Finding[]> {
  return [
    ok("futhark-bridge", VERSION),
    ok("Node", `${process.versions.node} (${process.platform} ${process.arch})`),
    sharedMemory(),
    ...(await pythonFindings()),
    await futharkFinding(),
    cCompilerFinding(),
    ok("cache", cacheDir()),
  ];
}

function sharedMemory(): Finding {
  const name = "shared memory (koffi)";
  try {
    const koffi = requireInstalled("koffi") as { version: string };
    if (existsSync("/dev/shm")) return ok(name, koffi.version);
    return { name, state: "limited", found: "no /dev/shm", advice: "arrays use the pipe: slower" };
  } catch {
    const advice = "npm install koffi; without it arrays use the pipe: slower";
    return { name, state: "limited", found: "", advice };
  }
}

async function pythonFindings(): Promise<Finding[]> {
  const path = findPython();
  const python = await probeInterpreter(path);
  if (python === undefined) return [missing("Python", `${path} does not run`, SETUP)];
  if (!isSupported(python.version))
    return [missing("Python", `${python.version} (${path})`, SETUP)];
  const made = currentPythonEnv([])?.python === path;
  const headers = missingHeaders(python);
  return [
    ok("Python", `${python.version} (${path}${made ? ", created by setup" : ""})`),
    headers === undefined
      ? ok("Python headers", python.include)
      : { name: "Python headers", state: "limited", found: "", advice: headers },
    await packagesFinding(path),
  ];
}

async function packagesFinding(python: string): Promise<Finding> {
  const name = "Python packages";
  const program = `
import importlib.metadata as m, json
def version(name):
    try:
        return m.version(name)
    except m.PackageNotFoundError:
        return None
print(json.dumps({name: version(name) for name in ${JSON.stringify(PACKAGES)}}))
`;
  try {
    // `-P`: a file in the current folder must not shadow a module of the standard library.
    const text = await run(python, ["-P", "-c", program], { timeoutMs: 30_000 });
    const versions = JSON.parse(text) as Record<string, string | null>; // printed by `program`
    const present = Object.entries(versions).filter(([, version]) => version !== null);
    const found = present.map((pair) => pair.join(" ")).join(", ");
    return present.length === PACKAGES.length ? ok(name, found) : missing(name, found, SETUP);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return missing(name, error.message, SETUP);
  }
}

async function futharkFinding(): Promise<Finding> {
  const name = "Futhark compiler";
  try {
    const compiler = findCompiler();
    const advice = `${SETUP}; needed for .fut files only`;
    if (compiler === undefined) return { name, state: "limited", found: "", advice };
    return ok(name, `${await compilerVersion(compiler.path)} (${compiler.path})`);
  } catch (error) {
    return missing(name, error instanceof Error ? error.message : String(error), "correct FUTHARK");
  }
}

function cCompilerFinding(): Finding {
  const found = findCCompiler();
  if (found !== undefined) return ok("C compiler", found);
  return { name: "C compiler", state: "limited", found: "", advice: NO_C_COMPILER };
}

function ok(name: string, found: string): Finding {
  return { name, state: "ok", found, advice: "" };
}

function missing(name: string, found: string, advice: string): Finding {
  return { name, state: "missing", found, advice };
}
