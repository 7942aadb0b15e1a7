import { createHash } from "node:crypto";

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
