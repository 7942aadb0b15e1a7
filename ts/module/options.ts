import { got } from "../arguments/describe.ts";
import type { Backend } from "../backends.ts";
import { ArgumentError } from "../errors.ts";
import { mayShare } from "../memory/may-share.ts";
import { isPlainObject } from "../plain-object.ts";
import { didYouMean } from "../spelling.ts";
import type { Output } from "../worker/output.ts";
import { MAX_TIMER_MS } from "./timer.ts";

/** Options for opening a module. */
export interface OpenOptions {
  /** Python interpreter; default the one from `futhark-bridge setup`, else `python3`. */
  readonly python?: string;
  /**
   * Folder with the Python package futhark_bridge; default FUTHARK_BRIDGE_PYTHON_FOLDER, or the
   * copy in this package. Required in a bundle: `node_modules/futhark-bridge/py`, or a copy of it.
   */
  readonly pythonFolder?: string;
  /** Working directory of the worker; relative paths and import names are resolved from it. */
  readonly cwd?: string;
  /** Environment variables to add to those that the worker inherits. */
  readonly env?: Readonly<Record<string, string>>;
  /** Backend that a `.fut` file is compiled for; default `multicore`. */
  readonly backend?: Backend;
  /** Device to use: part of its name, or `#k` for its index (OpenCL, CUDA, HIP). */
  readonly device?: string;
  /** OpenCL platform to use: part of its name, or `#k` for its index. */
  readonly platform?: string;
  /** Number of threads (multicore, ispc); default one per core. */
  readonly numThreads?: number;
  /** Tuning parameters, or the path of a `futhark autotune` file. Unknown names are errors. */
  readonly tuning?: string | Readonly<Record<string, number>>;
  /**
   * Extra options for the compiler of device code: `["-cl-std=CL1.2"]`. Supported for OpenCL, HIP
   * and CUDA (NVRTC); an error for other backends. An option that it rejects ends the worker.
   */
  readonly buildOptions?: readonly string[];
  /** File in which Futhark caches compiled device code between runs. */
  readonly cacheFile?: string;
  /** Collect the profile that `report()` returns. */
  readonly profiling?: boolean;
  /** Make Futhark log its operations to stderr. */
  readonly logging?: boolean;
  /** Enable Futhark's debugging mode: more checks and logging, and slow. */
  readonly debugging?: boolean;
  /** `false`: never use shared memory. Slower, with the same results. */
  readonly sharedMemory?: boolean;
  /** Maximum message size in bytes, checked before any allocation; default 1 GiB. */
  readonly maxMessageBytes?: number;
  /** Limit for loading, in milliseconds; default 60 s, or none if a `.fut` file is compiled. */
  readonly startTimeoutMs?: number;
  /** `false`: do not replace a worker that has ended, so later calls fail; default `true`. */
  readonly restart?: boolean;
  /**
   * Destination of the text that Python or C code in the worker prints to stdout and stderr. The
   * default, `"inherit"`, forwards it to the streams of this process; `"ignore"` discards it. A
   * function is called with each piece of text and the name of the stream; until a promise that it
   * returns resolves, the stream is not read, and a worker that keeps printing blocks. Use one of
   * the latter two if stdout carries a protocol. Errors always include the end of stderr (with
   * `openSync` only if this is a function, which is then called during calls).
   */
  readonly output?: Output;
  /** Aborts the opening; not supported by `openSync`. */
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

/** Names of the options of a module. */
export const OPEN_OPTIONS: readonly string[] = Object.keys(KINDS);

/** Returns the text that was passed to the `open` of bindings, which takes its options apart. */
function spreadText(options: object): string | undefined {
  return "0" in options ? Object.values(options).join("") : undefined;
}

/**
 * Validates and copies options, so that later changes by the caller do not affect new workers.
 * @param where Name of the caller, for messages.
 * @param known Names of the options that the caller accepts.
 * @throws {ArgumentError} If an option is unknown or has a value of the wrong type.
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
  const text = spreadText(options);
  if (text !== undefined) {
    throw new ArgumentError(
      `${where}: expected an object of options, got ${got(text)}: bindings open their own program, or that which the option module names`,
    );
  }
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

/** Returns the maximum message size; frames store it as 32 bits. */
export function maxMessageBytes(options: OpenOptions): number {
  return Math.min(options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES, 2 ** 32 - 1);
}

/** Returns whether to use shared memory where it is available. */
export function sharesMemory(options: OpenOptions): boolean {
  return options.sharedMemory ?? mayShare();
}

/** Returns the limit for loading; none by default if a program has to be compiled. */
export function startLimitMs(module: string, options: OpenOptions): number | undefined {
  if ((options.startTimeoutMs ?? 0) > MAX_TIMER_MS) return undefined;
  return options.startTimeoutMs ?? (module.endsWith(".fut") ? undefined : DEFAULT_START_MS);
}

const DEFAULT_MAX_MESSAGE_BYTES = 2 ** 30;
const DEFAULT_START_MS = 60_000;
