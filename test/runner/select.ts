import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** The test files to run, as paths from the root, and the names of tests in them. */
export interface Selection {
  readonly nodeFiles: readonly string[];
  readonly pythonFiles: readonly string[];
  /** Words of which a test's name must hold one; empty: all tests. */
  readonly names: readonly string[];
}

/**
 * Finds the test files whose path holds one of `words`; else all but those on a cluster, which take
 * minutes and have a command of their own, and `words` name tests.
 */
export function selectTests(root: string, words: readonly string[]): Selection {
  const all = readdirSync(join(root, "test"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  return selectFrom(all, words);
}

/** {@link selectTests} on a list of paths. */
export function selectFrom(paths: readonly string[], words: readonly string[]): Selection {
  const tests = paths.filter((path) => isNodeTest(path) || isPythonTest(path));
  const named = tests.filter((path) => words.some((word) => path.includes(word)));
  const files = named.length > 0 ? named : tests.filter((path) => !path.includes("on-ray/"));
  return {
    nodeFiles: files.filter(isNodeTest),
    pythonFiles: files.filter(isPythonTest),
    names: named.length > 0 ? [] : words,
  };
}

function isNodeTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

function isPythonTest(path: string): boolean {
  return /(^|\/)test_[^/]*\.py$/.test(path);
}
