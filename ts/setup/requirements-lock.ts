import { createHash } from "node:crypto";

/**
 * The lines of one package in a requirements file: its pin and its hashes, without comments.
 * @returns `undefined` when the file does not pin `name` (as PyPI normalises it).
 */
export function pinnedBlock(lock: string, name: string): string | undefined {
  const lines = lock.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`${name}==`));
  if (start < 0) return undefined;
  let end = start;
  while (lines[end]?.endsWith("\\")) end++;
  return `${lines.slice(start, end + 1).join("\n")}\n`;
}

/** The version in a block that {@link pinnedBlock} gave. */
export function pinnedVersion(block: string): string {
  return /==([^\s;\\]+)/.exec(block)?.[1] ?? "";
}

/** Identity of a lock file: any change to it is another environment. */
export function lockDigest(lock: string): string {
  return createHash("sha256").update(lock).digest("hex");
}
