// Reads the tests that a Futhark program carries in comments, with the grammar of `futhark test`:
// https://futhark.readthedocs.io/en/latest/man/futhark-test.html
import { ArgumentError } from "../errors.ts";
import { posixRegExp } from "./posix-regexp.ts";
import { SpecScanner } from "./spec-scanner.ts";
import { nameOf, readRandom, readScript, readValues, type Values } from "./spec-values.ts";

/** An expected error; without a pattern any error. */
export interface ExpectedError {
  readonly text: string;
  readonly pattern?: RegExp;
}

/** The expected outcome of a run: any, certain values, those of back end c, or an error. */
export type Expected =
  | { readonly kind: "ends" }
  | { readonly kind: "values"; readonly values: Values }
  | { readonly kind: "auto" }
  | { readonly kind: "error"; readonly error: ExpectedError };

/** One call of an entry point. */
export interface TestRun {
  readonly entry: string;
  /** Its name, as `futhark test` and `futhark bench` print it. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly input: Values;
  readonly expected: Expected;
}

/** All tests of a program. */
export interface Spec {
  readonly tags: readonly string[];
  /** The program must not compile. */
  readonly compileError?: ExpectedError;
  readonly runs: readonly TestRun[];
  /** What the compiler must warn about. */
  readonly warnings: readonly ExpectedError[];
  /** Names of properties, which are tested with values that `futhark test` makes. */
  readonly properties: readonly string[];
}

const START = "-- ==";
const TAG = /[\p{L}\p{N}_-]+/uy;
const WORDS = ["input", "structure", "warning"];

/**
 * Parses the tests in a program.
 * @param where Prefix of errors: the path of the program.
 * @throws {ArgumentError} A test block that `futhark test` does not accept either.
 */
export function parseSpec(text: string, where: string): Spec {
  const scan = new SpecScanner(text, where);
  const runs: TestRun[] = [];
  const warnings: ExpectedError[] = [];
  const properties: string[] = [];
  let tags: readonly string[] = [];
  let first = true;
  while (skipToBlock(scan)) {
    scan.expect(START);
    if (first) {
      tags = readTags(scan);
      if (scan.markInLine("error:")) {
        const compileError = readError(scan);
        endBlock(scan);
        if (skipToBlock(scan)) throw scan.wrong("no more tests, as it must not compile");
        return { tags, compileError, runs, warnings, properties };
      }
    }
    if (scan.ahead("property:")) {
      while (scan.markInLine("property:")) properties.push(...readNames(scan));
    } else {
      runs.push(...readRuns(scan, where));
      if (first) {
        while (scan.mark("structure")) skipStructure(scan);
        while (scan.mark("warning:")) warnings.push(readError(scan));
      }
    }
    endBlock(scan);
    first = false;
  }
  return { tags, runs, warnings, properties };
}

function skipToBlock(scan: SpecScanner): boolean {
  while (!scan.atEnd) {
    if (scan.ahead(START)) return true;
    scan.restOfLine();
    scan.endOfLine();
  }
  return false;
}

function endBlock(scan: SpecScanner): void {
  if (!scan.endOfLine()) throw scan.wrong("a test, or the end of the block");
  if (scan.ahead("--")) throw scan.wrong("a line between the test block and other comments");
}

function readTags(scan: SpecScanner): string[] {
  if (!scan.markInLine("tags")) return [];
  const tags = scan.braces().split(/\s+/).filter(Boolean);
  const wrong = tags.find((tag) => !/^[\p{L}\p{N}_-]+$/u.test(tag));
  if (wrong !== undefined) throw scan.wrong(`tags of letters, digits, _ and - (not ${wrong})`);
  return tags;
}

function readNames(scan: SpecScanner): string[] {
  const names: string[] = [];
  for (;;) {
    const name = scan.take(/[^\s}]+/y);
    if (name === "") break;
    names.push(name);
    scan.markInLine("");
  }
  scan.space();
  return names;
}

function readRuns(scan: SpecScanner, where: string): TestRun[] {
  const entries = scan.markInLine("entry:") ? readNames(scan) : ["main"];
  const runs: Omit<TestRun, "entry">[] = [];
  for (;;) {
    const run = readRun(scan, runs.length, where);
    if (run === undefined) break;
    if (runs.some(({ name }) => name === run.name)) {
      throw new ArgumentError(`${where}: several tests are named ${JSON.stringify(run.name)}`);
    }
    runs.push(run);
  }
  return entries.flatMap((entry) => runs.map((run) => ({ entry, ...run })));
}

function readRun(
  scan: SpecScanner,
  index: number,
  where: string,
): Omit<TestRun, "entry"> | undefined {
  const quoted = scan.string();
  scan.space();
  const tags: string[] = [];
  for (;;) {
    const tag = scan.take(TAG);
    if (tag === "" || WORDS.includes(tag)) {
      scan.back(tag.length);
      break;
    }
    tags.push(tag);
    scan.space();
  }
  if (quoted === "" && tags.length === 0 && !scan.ahead("input")) return undefined;
  scan.expect("input");
  const place = `${where}: input #${index}`;
  const input = tags.includes("random")
    ? readRandom(scan)
    : tags.includes("script")
      ? readScript(scan)
      : readValues(scan, place);
  const expected = readExpected(scan, `${where}: output #${index}`);
  const name = quoted === "" ? nameOf(input, index) : unquoted(quoted);
  return { name, tags, input, expected };
}

/** Returns the text in quotation marks; escapes that JSON lacks are kept. */
function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string; // what is quoted is a string
  } catch {
    return text.slice(1, -1);
  }
}

function readExpected(scan: SpecScanner, where: string): Expected {
  if (scan.mark("auto")) {
    scan.expect("output");
    return { kind: "auto" };
  }
  if (scan.mark("output")) return { kind: "values", values: readValues(scan, where) };
  if (scan.mark("error:")) return { kind: "error", error: readError(scan) };
  return { kind: "ends" };
}

function readError(scan: SpecScanner): ExpectedError {
  scan.space();
  const text = scan.restOfLine().trim();
  scan.space();
  if (text === "") return { text };
  try {
    return { text, pattern: posixRegExp(text) };
  } catch (error) {
    throw scan.wrong(`a regular expression (not ${text}: ${(error as Error).message})`);
  }
}

/** Skips expectations about optimised code, which test the compiler. */
function skipStructure(scan: SpecScanner): void {
  scan.take(/(?:gpu-mem|gpu|mc-mem|mc|seq-mem|internalised)/y);
  scan.space();
  const counts = scan.braces();
  if (!/^\s*(?:[\p{L}/]+\s*\d+\s*)*$/u.test(counts)) throw scan.wrong("pairs of names and numbers");
}
