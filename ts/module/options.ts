import { got } from "../arguments/got.ts";
import { ArgumentError } from "../errors.ts";
import { mayShare } from "../memory/may-share.ts";
import { isPlainObject } from "../plain-object.ts";
import { didYouMean } from "../spelling.ts";
import type { Output } from "../worker/output.ts";
import { MAX_TIMER_MS } from "./timer.ts";

/** How a module is opened. */
export interface OpenOptions {
  /** The Python interpreter that runs the worker; else the one that `futhark-bridge setup` made, else `python3`. */
  readonly python?: string;
  /**
   * Folder that holds the Python package futhark_bridge; else FUTHARK_BRIDGE_PYTHON_FOLDER, else the
   * one in this package. A bundle has to name it: `node_modules/futhark-bridge/py`, or a copy.
   */
  readonly pythonFolder?: string;
  /** Working directory of the worker, from which paths and import names are looked up. */
  readonly cwd?: string;
  /** Environment variables that are added to the worker's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Back end that a `.fut` file is compiled for; default `multicore`. */
  readonly backend?: string;
  /** Device to use, by part of its name or `#k` (OpenCL, CUDA, HIP). */
  readonly device?: string;
  /** OpenCL platform to use, by part of its name or `#k`. */
  readonly platform?: string;
  /** Number of threads (multicore); default one per core. */
  readonly numThreads?: number;
  /** Tuning parameters, or the path of a file as `futhark autotune` writes it. An unknown name is an error. */
  readonly tuning?: string | Readonly<Record<string, number>>;
  /**
   * What the compiler of device code is given besides: `["-cl-std=CL1.2"]`. For OpenCL, HIP, and CUDA
   * (NVRTC); an error for other back ends. One that it refuses ends the worker.
   */
  readonly buildOptions?: readonly string[];
  /** File in which Futhark keeps compiled device code between runs. */
  readonly cacheFile?: string;
  /** Collect what `report()` gives. */
  readonly profiling?: boolean;
  /** Let Futhark log to stderr what it does. */
  readonly logging?: boolean;
  /** Futhark's debugging mode: checks and logs more, and is slow. */
  readonly debugging?: boolean;
  /** `false`: never use shared memory. Slower, never different. */
  readonly sharedMemory?: boolean;
  /** Longest message in bytes, checked before anything is allocated; default 1 GiB. */
  readonly maxMessageBytes?: number;
  /** How long loading may take; no limit where a `.fut` file is compiled, else 60 s. */
  readonly startTimeoutMs?: number;
  /** `false`: a worker that has ended is not replaced, and calls go on to fail; default `true`. */
  readonly restart?: boolean;
  /**
   * What becomes of the text that the worker prints, by Python or C, to stdout and stderr; default
   * `"inherit"`: it goes to this process's own streams. `"ignore"` drops it. A function is called
   * with each piece of text and the stream's name; until a promise that it returns resolves, the
   * stream is not read, and a worker that goes on printing waits. Programs that speak a protocol on
   * stdout need one of the latter two. The end of stderr is in errors in any case (but with
   * `openSync` only where this is a function, which is then called during calls).
   */
  readonly output?: Output;
  /** Aborts the opening. */
  readonly signal?: AbortSignal;
}

const KINDS: Readonly<Record<keyof OpenOptions, string>> = {
  python: "string",
  pythonFolder: "string",
  cwd: "string",
  env: "object",
  backend: "string",
  device: "string",
  platform: "string",
  numThreads: "integer",
  tuning: "string or object",
  buildOptions: "array",
  cacheFile: "string",
  profiling: "boolean",
  logging: "boolean",
  debugging: "boolean",
  sharedMemory: "boolean",
  maxMessageBytes: "integer",
  startTimeoutMs: "integer",
  restart: "boolean",
  output: "string or function",
  signal: "object",
};

/** The names of the options of a module. */
export const OPEN_OPTIONS: readonly string[] = Object.keys(KINDS);

/**
 * @param where Whose options they are, for messages.
 * @param known Names of those that it takes.
 * @returns A copy: what the caller changes later is nothing to a worker that is started later.
 * @throws {ArgumentError} An unknown option, or a value of another type.
 */
export function checkOptions(
  given: OpenOptions,
  where = "open",
  known: readonly string[] = Object.keys(KINDS),
): OpenOptions {
  if (typeof given !== "object" || given === null) {
    throw new ArgumentError(`${where}: expected an object of options, got ${got(given)}`);
  }
  const options = copyOf(given);
  for (const [name, value] of Object.entries(options)) {
    const kind = known.includes(name) ? KINDS[name as keyof OpenOptions] : undefined;
    if (kind === undefined) {
      throw new ArgumentError(
        `${where}: unknown option ${name}; known are ${known.join(", ")}${didYouMean(name, known)}`,
      );
    }
    if (value === undefined) continue;
    const fits =
      kind === "integer"
        ? Number.isSafeInteger(value) && (value as number) >= 0
        : kind.split(" or ").includes(kindOf(value)) &&
          (name !== "signal" || value instanceof AbortSignal) &&
          (name !== "output" || typeof value !== "string" || OUTPUTS.includes(value));
    if (!fits) {
      const expected = name === "output" ? '"inherit", "ignore" or a function' : article(kind);
      throw new ArgumentError(
        `${where}: expected option ${name} to be ${expected}, got ${String(value)}`,
      );
    }
  }
  return options;
}

function copyOf(options: OpenOptions): OpenOptions {
  const copy = { ...options } as Record<string, unknown>;
  for (const [name, value] of Object.entries(copy)) {
    if (isPlainObject(value)) copy[name] = { ...value };
  }
  return copy as OpenOptions;
}

const OUTPUTS: readonly string[] = ["inherit", "ignore"];

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function article(kind: string): string {
  if (kind === "integer") return "an integer of 0 or more";
  return /^[ao]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

/** The longest message: frames count their bytes in 32 bits. */
export function maxMessageBytes(options: OpenOptions): number {
  return Math.min(options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES, 2 ** 32 - 1);
}

/** Whether to use shared memory where there is some. */
export function sharesMemory(options: OpenOptions): boolean {
  return options.sharedMemory ?? mayShare();
}

/** How long loading may take: compiling a program takes as long as it takes. */
export function startLimitMs(module: string, options: OpenOptions): number | undefined {
  if ((options.startTimeoutMs ?? 0) > MAX_TIMER_MS) return undefined;
  return options.startTimeoutMs ?? (module.endsWith(".fut") ? undefined : DEFAULT_START_MS);
}

const DEFAULT_MAX_MESSAGE_BYTES = 2 ** 30;
const DEFAULT_START_MS = 60_000;
