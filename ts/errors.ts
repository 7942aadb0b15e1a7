/** The `code` of a {@link FutharkError}; the list is closed. */
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

/** Marks errors of this package; a registered symbol is the same in every copy and every realm. */
const BRAND: unique symbol = Symbol.for("futhark-bridge error");

/** Base class of all errors of this package; `code` says which kind it is. */
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
  /** Status returned by the C function. */
  readonly status: number;
  /** Futhark's backtrace; empty if there is none. */
  readonly backtrace: string;

  constructor(message: string, status = 2, backtrace = "", options?: ErrorOptions) {
    super("program-error", message, options);
    this.status = status;
    this.backtrace = backtrace;
  }
}

/** Memory could not be allocated, on the device or in the host's memory. */
export class OutOfMemoryError extends FutharkError {
  override readonly name = "OutOfMemoryError";

  constructor(message: string, options?: ErrorOptions) {
    super("out-of-memory", message, options);
  }
}

/** The caller passed a value that the program or this package does not accept. */
export class ArgumentError extends FutharkError {
  override readonly name = "ArgumentError";

  constructor(message: string, options?: ErrorOptions) {
    super("bad-argument", message, options);
  }
}

/** A handle was freed or consumed, or belongs to another module. */
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
  /** Exit status; `null` if a signal ended the process. */
  readonly exitCode: number | null;
  /** The signal that ended the process; `null` if it exited by itself. */
  readonly signal: string | null;
  /** The last lines that the process wrote to stderr. */
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

/** A message violates the protocol: a bug, or the peer is not futhark-bridge. */
export class ProtocolError extends FutharkError {
  override readonly name = "ProtocolError";

  constructor(message: string, options?: ErrorOptions) {
    super("protocol", message, options);
  }
}

/** A time limit was exceeded, such as `timeoutMs` of a call or `startTimeoutMs` of `open`. */
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

/** Python code called through `fut.python` raised an exception. */
export class PythonError extends FutharkError {
  override readonly name = "PythonError";
  /** Name of the exception's class, for example `ValueError`. */
  readonly type: string;
  /** Python's traceback, as Python prints it. */
  readonly traceback: string;

  constructor(message: string, facts: { type: string; traceback: string }, options?: ErrorOptions) {
    super("python", message, options);
    this.type = facts.type;
    this.traceback = facts.traceback;
  }
}

/** The error class for each code. */
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
 * Whether `error` is of this package and, if `code` is given, has that code; narrows to its class.
 * Works across copies of the package and across realms, where `instanceof` does not.
 */
export function isFutharkError<C extends FutharkErrorCode = FutharkErrorCode>(
  error: unknown,
  code?: C,
): error is FutharkErrorByCode[C] {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as unknown as FutharkError).code === code;
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
