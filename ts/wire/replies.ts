// The JSON of replies: descriptions and errors.
import {
  ArgumentError,
  BuildError,
  type FutharkError,
  type FutharkErrorCode,
  NO_PROCESS,
  OutOfMemoryError,
  ProgramError,
  ProtocolError,
  TimeoutError,
  ValueStateError,
  WorkerExitError,
} from "../errors.ts";

/** The fields of a worker's error reply (JSON). */
export interface WireError {
  readonly code: FutharkErrorCode;
  readonly message: string;
  readonly status?: number;
  readonly backtrace?: string;
}

/** Returns the error that a worker's reply (JSON) describes. */
export function errorFromReply(text: string): FutharkError {
  const wire = fromJson<WireError>(text, "an error");
  if (typeof wire?.message === "string") return errorFromWire(wire);
  return new ProtocolError(`expected an error with a message, got ${text.slice(0, 80)}`);
}

/**
 * Parses JSON sent by the other side of the protocol.
 * @throws {ProtocolError} The text is not JSON.
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

/** Returns the error that a worker reported. */
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
    case "worker-exit":
      return new WorkerExitError(message, NO_PROCESS);
    default:
      return new ProtocolError(message);
  }
}
