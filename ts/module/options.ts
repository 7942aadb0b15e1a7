import { ArgumentError } from "../errors.ts";

/** How a module is opened. */
export interface OpenOptions {
  /** The Python interpreter that runs the worker; else the one that `futhark-bridge setup` made, else `python3`. */
  readonly python?: string;
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
  /** Aborts the opening. */
  readonly signal?: AbortSignal;
}

const KINDS: Readonly<Record<keyof OpenOptions, string>> = {
  python: "string",
  cwd: "string",
  env: "object",
  backend: "string",
  device: "string",
  platform: "string",
  numThreads: "integer",
  tuning: "string or object",
  cacheFile: "string",
  profiling: "boolean",
  logging: "boolean",
  debugging: "boolean",
  sharedMemory: "boolean",
  maxMessageBytes: "integer",
  startTimeoutMs: "integer",
  signal: "object",
};

/** @throws {ArgumentError} An unknown option, or a value of another type. */
export function checkOptions(options: OpenOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof OpenOptions] : undefined;
    if (kind === undefined) {
      throw new ArgumentError(
        `open: unknown option ${name}; known are ${Object.keys(KINDS).join(", ")}`,
      );
    }
    if (value === undefined) continue;
    const fits =
      kind === "integer"
        ? Number.isSafeInteger(value) && (value as number) >= 0
        : kind.split(" or ").includes(value === null ? "null" : typeof value);
    if (!fits) {
      throw new ArgumentError(
        `open: expected option ${name} to be ${article(kind)}, got ${String(value)}`,
      );
    }
  }
}

function article(kind: string): string {
  if (kind === "integer") return "an integer of 0 or more";
  return kind.startsWith("o") ? `an ${kind}` : `a ${kind}`;
}

/** The longest message: frames count their bytes in 32 bits. */
export function maxMessageBytes(options: OpenOptions): number {
  return Math.min(options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES, 2 ** 32 - 1);
}

/** How long loading may take: compiling a program takes as long as it takes. */
export function startLimitMs(module: string, options: OpenOptions): number | undefined {
  return options.startTimeoutMs ?? (module.endsWith(".fut") ? undefined : DEFAULT_START_MS);
}

const DEFAULT_MAX_MESSAGE_BYTES = 2 ** 30;
const DEFAULT_START_MS = 60_000;
