/** What went wrong, as a closed list: the `code` of every {@link FutharkError}. */
export type FutharkErrorCode =
  | "program-error"
  | "out-of-memory"
  | "bad-argument"
  | "freed"
  | "consumed"
  | "wrong-module"
  | "worker-exit"
  | "build"
  | "protocol"
  | "timeout"
  | "aborted"
  | "python";

/** What tells our errors from others: the same symbol in every copy of the package, and every realm. */
const BRAND: unique symbol = Symbol.for("futhark-bridge error");

/** The one base class of all errors of this package; `code` tells them apart. */
export class FutharkError extends Error {
  override readonly name: string = "FutharkError";
  readonly code: FutharkErrorCode;

  constructor(code: FutharkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

// Isolated declarations refuse a member of such a name.
Object.defineProperty(FutharkError.prototype, BRAND, { value: true });

/** The Futhark program failed: an assertion, a bounds check, a size coercion. */
export class ProgramError extends FutharkError {
  override readonly name = "ProgramError";
  /** Status that the C function returned. */
  readonly status: number;
  /** Futhark's backtrace, empty where it gave none. */
  readonly backtrace: string;

  constructor(message: string, status = 2, backtrace = "", options?: ErrorOptions) {
    super("program-error", message, options);
    this.status = status;
    this.backtrace = backtrace;
  }
}

/** Futhark could not allocate memory (on the device, say). */
export class OutOfMemoryError extends FutharkError {
  override readonly name = "OutOfMemoryError";

  constructor(message: string, options?: ErrorOptions) {
    super("out-of-memory", message, options);
  }
}

/** The caller passed something that the program, or this package, does not take. */
export class ArgumentError extends FutharkError {
  override readonly name = "ArgumentError";

  constructor(message: string, options?: ErrorOptions) {
    super("bad-argument", message, options);
  }
}

/** A handle that can no longer be used, or not here. */
export class ValueStateError extends FutharkError {
  override readonly name = "ValueStateError";

  constructor(
    code: "freed" | "consumed" | "wrong-module",
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** The worker process ended while it was needed; every value it held is lost. */
export class WorkerExitError extends FutharkError {
  override readonly name = "WorkerExitError";
  /** Exit status, `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, `null` when it exited by itself. */
  readonly signal: string | null;
  /** The last lines that it wrote to stderr. */
  readonly stderr: string;

  constructor(message: string, facts: ExitFacts, options?: ErrorOptions) {
    super("worker-exit", message, options);
    this.exitCode = facts.exitCode;
    this.signal = facts.signal;
    this.stderr = facts.stderr;
  }
}

/** How a process ended, and the last that it wrote to stderr. */
interface ExitFacts {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Of a process that we have ended. */
export const KILLED: ExitFacts = { exitCode: null, signal: "SIGKILL", stderr: "" };
/** Where nothing is known of the end, or there is no process. */
export const NO_PROCESS: ExitFacts = { exitCode: null, signal: null, stderr: "" };

/** A program could not be compiled, built, found or loaded. */
export class BuildError extends FutharkError {
  override readonly name = "BuildError";

  constructor(message: string, options?: ErrorOptions) {
    super("build", message, options);
  }
}

/** Bytes that the two sides of the protocol should never exchange: a bug, or a foreign peer. */
export class ProtocolError extends FutharkError {
  override readonly name = "ProtocolError";

  constructor(message: string, options?: ErrorOptions) {
    super("protocol", message, options);
  }
}

/** A limit of ours was exceeded: a call outlived its `timeoutMs`, an opening its `startTimeoutMs`. */
export class TimeoutError extends FutharkError {
  override readonly name = "TimeoutError";

  constructor(message: string, options?: ErrorOptions) {
    super("timeout", message, options);
  }
}

/** A `signal` was aborted; its reason is the `cause`. */
export class AbortError extends FutharkError {
  override readonly name = "AbortError";

  constructor(message: string, options?: ErrorOptions) {
    super("aborted", message, options);
  }
}

/** Python code that was called by `fut.python` raised an exception. */
export class PythonError extends FutharkError {
  override readonly name = "PythonError";
  /** The exception's class: `ValueError`. */
  readonly type: string;
  /** Python's traceback, as Python prints it. */
  readonly traceback: string;

  constructor(message: string, facts: { type: string; traceback: string }, options?: ErrorOptions) {
    super("python", message, options);
    this.type = facts.type;
    this.traceback = facts.traceback;
  }
}

/** The class of the errors that have a code. */
export interface FutharkErrorByCode {
  readonly "program-error": ProgramError;
  readonly "out-of-memory": OutOfMemoryError;
  readonly "bad-argument": ArgumentError;
  readonly freed: ValueStateError;
  readonly consumed: ValueStateError;
  readonly "wrong-module": ValueStateError;
  readonly "worker-exit": WorkerExitError;
  readonly build: BuildError;
  readonly protocol: ProtocolError;
  readonly timeout: TimeoutError;
  readonly aborted: AbortError;
  readonly python: PythonError;
}

/**
 * Whether `error` came from this package, and, if `code` is given, has that code; narrows to its class.
 * Works across copies of the package and across realms, where `instanceof` does not.
 */
export function isFutharkError<C extends FutharkErrorCode = FutharkErrorCode>(
  error: unknown,
  code?: C,
): error is FutharkErrorByCode[C] {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as unknown as FutharkError).code === code;
}

/** The fields that an error reply of the worker carries (JSON). */
export interface WireError {
  readonly code: FutharkErrorCode;
  readonly message: string;
  readonly status?: number;
  readonly backtrace?: string;
}

/** Makes the error that a worker's reply describes, as JSON. */
export function errorFromReply(text: string): FutharkError {
  const wire = fromJson<WireError>(text, "an error");
  if (typeof wire?.message === "string") return errorFromWire(wire);
  return new ProtocolError(`expected an error with a message, got ${text.slice(0, 80)}`);
}

/**
 * Reads JSON that the other side of the protocol sent.
 * @throws {ProtocolError} It is none.
 */
export function fromJson<T>(text: string, what: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ProtocolError(`expected ${what} as JSON, got ${JSON.stringify(text.slice(0, 80))}`, {
      cause,
    });
  }
}

/** Makes the error that a worker tells of. */
export function errorFromWire(wire: WireError): FutharkError {
  const { code, message } = wire;
  switch (code) {
    case "program-error":
      return new ProgramError(message, wire.status, wire.backtrace);
    case "out-of-memory":
      return new OutOfMemoryError(message);
    case "bad-argument":
      return new ArgumentError(message);
    case "freed":
    case "consumed":
    case "wrong-module":
      return new ValueStateError(code, message);
    case "build":
      return new BuildError(message);
    case "timeout":
      return new TimeoutError(message);
    default:
      return new ProtocolError(message);
  }
}

/**
 * Adds to the errors of a conversion where it was wanted.
 * @param unless How a message begins that says so already.
 */
export function located<T>(where: string, convert: () => T, unless?: string): T {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    if (unless !== undefined && error.message.startsWith(unless)) throw error;
    throw new ArgumentError(`${where}: ${error.message}`, { cause: error });
  }
}
