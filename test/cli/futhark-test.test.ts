// The command `test` beside the compiler's own, on the same programs.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseSpec } from "../../ts/cli/spec.ts";
import type { ProgramOutcome } from "../../ts/cli/test-program.ts";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { slow } from "../search/scale.ts";
import { cliMain } from "../support/cli-main.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "futhark-test-"));
after(() => rmSync(work, { recursive: true }));
const futhark = findCompiler()?.path as string;

/** Those that are not compiled to C, and two that are. */
const FEW = [
  ...["broken", "disabled", "no_type_error", "not_on_c", "other_type_error", "type_error"],
  ...["missing_warning", "errors", "files"],
].map((name) => `${name}.fut`);

type Failures = Readonly<Record<string, readonly string[]>>;
const ALL = "all";

/** The tests that the compiler's command says have failed, by program. */
function failuresIn(output: string): Failures {
  const failures: Record<string, string[]> = {};
  let tests: string[] = [];
  for (const line of output.split("\n")) {
    const program = /^(\w+\.fut):$/.exec(line)?.[1];
    if (program !== undefined) {
      tests = [];
      failures[program] = tests;
    }
    const [, entry, name] = /^Entry point: (\w+); dataset: (.*):$/.exec(line) ?? [];
    if (entry !== undefined) tests.push(`${entry}, ${name}`);
    const unknown = /^Unknown entry point: (\w+)$/.exec(line)?.[1];
    if (unknown !== undefined) tests.push(`${unknown}, ${ALL}`);
  }
  const sorted = Object.entries(failures).map(([program, found]) => {
    return [program, found.length === 0 ? [ALL] : found.toSorted()] as const;
  });
  return Object.fromEntries(sorted);
}

/** The same of the results of our command. */
function failuresOf(outcomes: readonly ProgramOutcome[]): Failures {
  const failed = outcomes.map(({ program, outcomes: tests }) => {
    const found = tests
      .filter(({ failure }) => failure !== undefined)
      .map(({ entry, name, failure }) => {
        if (entry === undefined) return ALL;
        return failure?.startsWith("no entry point") ? `${entry}, ${ALL}` : `${entry}, ${name}`;
      });
    return [program, found.toSorted()] as const;
  });
  return Object.fromEntries(failed.filter(([, found]) => found.length > 0));
}

/** Runs both commands in a copy of a folder; the compiler's ends with 1 if a test fails. */
async function both(folder: string, programs: readonly string[]): Promise<[Failures, Failures]> {
  const cwd = join(work, folder);
  cpSync(join(root, "test", folder), cwd, { recursive: true });
  const options = { cwd, encoding: "utf8" as const, maxBuffer: 2 ** 26 };
  const node = [cliMain, "test", "--json", ...programs];
  const args = ["test", "--backend=c", `--futhark=${futhark}`, "--no-terminal", ...programs];
  const run = async (command: string, args: readonly string[]) =>
    await promisify(execFile)(command, args, options).catch((error) => error);
  const ours = await run(process.execPath, node);
  const theirs = await run(futhark, args);
  assert.match(theirs.stdout, /\d+\/\d+ passed\./);
  return [failuresOf(JSON.parse(ours.stdout)), failuresIn(theirs.stdout)];
}

test("test agrees with futhark test on every test of programs that cover the syntax", async () => {
  const all = readdirSync(join(root, "test/cases/blocks")).filter((name) => name.endsWith(".fut"));
  const [ours, theirs] = await both("cases/blocks", slow ? all : FEW);
  // That command rejects a whole program if expected values are missing.
  const whole = Object.keys(ours).filter((program) => theirs[program]?.[0] === ALL);
  const same = { ...ours, ...Object.fromEntries(whole.map((program) => [program, [ALL]])) };
  assert.deepEqual(same, theirs);
  assert.ok(Object.keys(ours).length > 4);
});

test("test agrees with futhark test on the project's own programs", async (t) => {
  if (!slow) return t.skip("npm run test:slow runs it: it compiles every program twice");
  const all = readdirSync(join(root, "test/programs")).filter((name) => name.endsWith(".fut"));
  const [ours, theirs] = await both("programs", all);
  assert.deepEqual(ours, theirs);
});

test("what one command refuses as a test block, the other does too", () => {
  const wrong = [
    "-- ===",
    "-- == input { 1 } output",
    "-- input { [] }",
    "-- input { [1, 2.5] }",
    "-- input { [1, true] }",
    "-- input { [[1], [2, 3]] }",
    "-- input { - 1 }",
    "-- input { 1i128 }",
    "-- input 1",
    "-- input { 1",
    "-- input { 1 } output 2",
    "-- input { 1 } auto 2",
    "-- input { 1 } nonsense",
    "-- input { 1 }\n-- -- a comment",
    '-- "a" input { 1 }\n-- "a" input { 2 }',
    "-- tags { a+b }",
    "-- tags\n-- { a }",
    "-- random input { [n]i32 }",
    "-- random input { i33 }",
    "-- random input @ file",
    "-- error: [",
    "-- error: a\n\n-- ==\n-- input { 1 }",
    '-- "open input { 1 }',
    "-- structure other { A 1 }",
    "-- structure { A }",
  ];
  const right = [
    ...["-- input { [1,] }", "-- input { 1 } error:", "-- entry:\n-- input { 1 }", "--"],
    ...["-- structure gpu { A 1 B/C 2 }", "-- warning: a", "-- tags { a } error: b"],
    "-- script input { (1, 2) }",
  ];
  const refuses = (text: string) => {
    try {
      return parseSpec(text, "a.fut") === undefined;
    } catch {
      return true;
    }
  };
  for (const [blocks, refused] of [[wrong, true] as const, [right, false] as const]) {
    for (const block of blocks) {
      const text = `-- ==\n${block}\n\nentry main (x: i32) : i32 = x\n`;
      writeFileSync(join(work, "a.fut"), text);
      const theirs = spawnSync(futhark, ["test", "-t", `--futhark=${futhark}`, "a.fut"], {
        cwd: work,
        encoding: "utf8",
      });
      assert.equal(theirs.stdout === "", refused, `${block}: ${theirs.stderr}`);
      assert.equal(refuses(text), refused, block);
    }
  }
});

/** Runs our command in the folder with the copies of the programs. */
function cli(...args: string[]) {
  const cwd = join(work, "cases/blocks");
  const node = [cliMain, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, node, { cwd, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("test says what failed and why, counts, and ends with status 1", () => {
  const text = "-- ==\n-- entry: f\n-- property: p\n";
  writeFileSync(join(work, "cases/blocks/property.fut"), text.replace("-- entry: f\n", ""));
  writeFileSync(join(work, "cases/blocks/wrong-block.fut"), "-- ==\n-- input { 1 } output 2\n");
  const some = ["no_type_error.fut", "not_on_c.fut", "type_error.fut", "property.fut"];
  assert.deepEqual(cli("test", ...some, "wrong-block.fut"), {
    status: 1,
    stdout: `no_type_error.fut:
  compile error: expected an error, but it compiled
property.fut:
  p, property: properties are not supported: test them with futhark test
wrong-block.fut:
  wrong-block.fut:2:23: expected { values } or @ file, got "2"
1 of 4 tests passed in 4 programs; 1 program excluded
`,
    stderr: "",
  });
  const passes = cli("test", "type_error.fut");
  assert.deepEqual(passes, { status: 0, stdout: "1 of 1 test passed in 1 program\n", stderr: "" });
  const absent = cli("test", "absent.fut");
  assert.deepEqual([absent.status, absent.stderr], [1, "error: no such file: absent.fut\n"]);
  const wrong = cli("test", "type_error.fut", "--tolerance", "much");
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /--tolerance <number>.*'much' is invalid. expected a number/);
});

test("bench measures what returns results, and writes the times as futhark bench does", () => {
  const { status, stdout, stderr } = cli(
    "bench",
    "files.fut",
    "--runs",
    "3",
    "--json",
    "times.json",
  );
  assert.deepEqual([status, stderr], [1, ""]);
  const number = String.raw`\d+(?:\.\d+)? (?:µs|ms|s)`;
  const times = `mean ${number}, median ${number}, min ${number}`;
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 6);
  assert.match(lines[1] ?? "", new RegExp(`^  main, data/two\\.in: ${times} \\(3 runs\\)$`));
  assert.equal(lines[2], "  main, zipped: value #0: expected 22i32, got 21i32");
  const written = JSON.parse(readFileSync(join(work, "cases/blocks/times.json"), "utf8"));
  const { datasets } = written["files.fut"];
  assert.equal(datasets["data/two.in"].runtimes.length, 3);
  assert.equal(datasets.zipped, "value #0: expected 22i32, got 21i32");
  const cwd = join(work, "cases/blocks");
  const compared = spawnSync(futhark, ["benchcmp", "times.json", "times.json"], { cwd });
  assert.match(String(compared.stdout), /data\/two\.in: +1\.00x/);
});
