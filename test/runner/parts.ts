import { statSync } from "node:fs";
import { join } from "node:path";

/** Bytes of test files in a part: one takes about a minute on two slow cores. */
const PART_BYTES = 40_000;

/** {@link split} by the sizes of the files. */
export function partsOf(
  root: string,
  files: readonly string[],
  bytes: number = PART_BYTES,
): string[][] {
  return split(files, (file) => statSync(join(root, file)).size, bytes);
}

/** Cuts a list into parts of nearly `limit`: none is empty, and only one file can exceed it. */
export function split(
  files: readonly string[],
  sizeOf: (file: string) => number,
  limit: number,
): string[][] {
  const parts: string[][] = [];
  let left = 0;
  for (const file of files) {
    const size = sizeOf(file);
    if (size > left) {
      parts.push([]);
      left = limit;
    }
    parts.at(-1)?.push(file);
    left -= size;
  }
  return parts;
}

/** Runs jobs in their order, some at a time; whoever is ready takes the next. */
export async function runJobs<T>(
  jobs: readonly (() => Promise<T>)[],
  atOnce: number,
): Promise<T[]> {
  const results: T[] = [];
  const waiting = jobs.entries();
  const work = async (): Promise<void> => {
    for (const [i, job] of waiting) results[i] = await job();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
