import { constants, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { ArgumentError, ProtocolError } from "../errors.ts";
import { PROTOCOL_VERSION } from "../wire/messages.ts";

/** The address of a Python process that shares a program. */
export interface ConnectionFile {
  readonly protocol: number;
  /** Path of the Unix socket of the process. */
  readonly socket: string;
  /** Secret to send in the first request. */
  readonly secret: string;
  readonly pid: number;
  /** The program's name, for messages. */
  readonly program: string;
}

/**
 * @throws {ArgumentError} If it is unreadable, invalid, or may have been written by another user.
 * @throws {ProtocolError} If it was written by another version.
 */
export async function readConnectionFile(path: string): Promise<ConnectionFile> {
  const found = await read(path);
  if (found.protocol !== PROTOCOL_VERSION && typeof found.protocol === "number") {
    throw new ProtocolError(
      `attach ${path}: expected protocol ${PROTOCOL_VERSION}, got ${found.protocol}: the two processes use different versions of futhark-bridge`,
    );
  }
  const fits =
    typeof found.protocol === "number" &&
    typeof found.socket === "string" &&
    typeof found.secret === "string" &&
    typeof found.pid === "number" &&
    typeof found.program === "string";
  if (!fits) throw none(path);
  const file = found as ConnectionFile; // checked above
  await checkSocket(path, file.socket);
  return file;
}

async function read(path: string): Promise<Partial<ConnectionFile>> {
  let text: string;
  try {
    text = await readOwn(path);
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ArgumentError(
      `attach ${path}: cannot be read (${code}); its process has exited or stopped sharing the program, or belongs to another user`,
      { cause: error },
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Reported below.
  }
  throw none(path);
}

/** Reads a file that only this user or root can have written, as it names a socket. */
async function readOwn(path: string): Promise<string> {
  // Opening a pipe that has no writer must not block.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > MAX_BYTES) throw none(path);
    checkOwner(path, stats);
    if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) {
      throw new ArgumentError(`attach ${path}: expected a file that only its owner can write`);
    }
    const bytes = Buffer.alloc(stats.size);
    const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, 0);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Checks the owner, as an outdated file may name a path that another user's socket now has. */
async function checkSocket(path: string, socket: string): Promise<void> {
  let stats: Stats;
  try {
    stats = await stat(socket);
  } catch {
    return; // connecting reports this
  }
  checkOwner(`${path}: socket ${socket}`, stats);
}

function checkOwner(path: string, { uid }: Stats): void {
  const own = process.geteuid?.();
  if (own === undefined || uid === own || uid === 0) return;
  throw new ArgumentError(`attach ${path}: expected user ${own} or root as owner, got user ${uid}`);
}

function none(path: string): ArgumentError {
  return new ArgumentError(`attach ${path}: not a connection file`);
}

const MAX_BYTES = 2 ** 24;
const WRITABLE_BY_OTHERS = 0o022;
