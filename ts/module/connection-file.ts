import { readFile } from "node:fs/promises";
import { ArgumentError, ProtocolError } from "../errors.ts";
import { PROTOCOL_VERSION } from "../wire/messages.ts";

/** How to reach a Python process that shares a program. */
export interface ConnectionFile {
  readonly protocol: number;
  /** Path of its Unix socket. */
  readonly socket: string;
  /** What it wants to see before anything else. */
  readonly secret: string;
  readonly pid: number;
  /** The program's name, for messages. */
  readonly program: string;
}

/**
 * @throws {ArgumentError} It cannot be read, or is something else.
 * @throws {ProtocolError} It was written by another version.
 */
export async function readConnectionFile(path: string): Promise<ConnectionFile> {
  const found = await read(path);
  if (found.protocol !== PROTOCOL_VERSION && typeof found.protocol === "number") {
    throw new ProtocolError(
      `attach ${path}: expected protocol ${PROTOCOL_VERSION}, got ${found.protocol}: the two sides are of different versions`,
    );
  }
  const fits =
    typeof found.protocol === "number" &&
    typeof found.socket === "string" &&
    typeof found.secret === "string" &&
    typeof found.pid === "number" &&
    typeof found.program === "string";
  if (!fits) throw new ArgumentError(`attach ${path}: it is no connection file`);
  return found as ConnectionFile; // as was just checked
}

async function read(path: string): Promise<Partial<ConnectionFile>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ArgumentError(
      `attach ${path}: cannot be read (${code}); its process has ended, closed what it shared, or is another user's`,
      { cause: error },
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below.
  }
  throw new ArgumentError(`attach ${path}: it is no connection file`);
}
