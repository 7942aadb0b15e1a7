import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./places.ts";

/**
 * Returns the lines of a package in a requirements file: its pin and hashes, without comments.
 * @param name As normalised by PyPI. If the file does not pin it, the result is `undefined`.
 */
export function pinnedBlock(lock: string, name: string): string | undefined {
  const lines = lock.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`${name}==`));
  if (start < 0) return undefined;
  let end = start;
  while (lines[end]?.endsWith("\\")) end++;
  return `${lines.slice(start, end + 1).join("\n")}\n`;
}

/** Returns the version in the result of {@link pinnedBlock}. */
export function pinnedVersion(block: string): string {
  return /==([^\s;\\]+)/.exec(block)?.[1] ?? "";
}

/** Returns a digest of a lock file; any change to the file requires another environment. */
export function lockDigest(lock: string): string {
  return createHash("sha256").update(lock).digest("hex");
}

/** Returns the text of `requirements.lock`, which pins the Python packages. */
export function readLock(): string {
  return readFileSync(join(packageRoot, "requirements.lock"), "utf8");
}
