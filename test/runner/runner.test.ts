import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { filesOn, ONE_PATH } from "./node-suite.ts";
import { packageLockFault } from "./package-lock.ts";
import { runJobs, split } from "./parts.ts";
import { searchSummary } from "./search-summary.ts";
import { selectFrom } from "./select.ts";
import { runSuite } from "./suite-process.ts";
import { addCounts, countJunit, countTap, exitStatus, summaryLine } from "./summary.ts";

const TAP = `TAP version 13
# Subtest: x
    # pass 99
ok 1 - x
1..1
# tests 9
# suites 1
# pass 4
# fail 2
# cancelled 1
# skipped 1
# todo 1
# duration_ms 12.5
`;

test("node's closing lines are counted, cancelled tests as failed", () => {
  assert.deepEqual(countTap(TAP), { passed: 4, failed: 3, skipped: 2 });
  assert.equal(countTap("TAP version 13\n"), undefined);
});

test("pytest's report is counted, errors as failed", () => {
  const xml =
    '<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" ' +
    'failures="2" skipped="3" tests="10" time="0.1"><testcase name="errors=&quot;9&quot;"/>';
  assert.deepEqual(countJunit(xml), { passed: 4, failed: 3, skipped: 3 });
  assert.equal(countJunit(""), undefined);
});

test("the suites are added up in one plain line", () => {
  const sum = addCounts([
    { passed: 3, failed: 0, skipped: 0 },
    { passed: 4, failed: 1, skipped: 0 },
  ]);
  assert.equal(summaryLine(sum), "7 passed, 1 failed");
  assert.equal(summaryLine({ ...sum, skipped: 2 }), "7 passed, 1 failed, 2 skipped");
});

test("a run is good only when tests ran and none failed", () => {
  assert.equal(exitStatus({ passed: 1, failed: 0, skipped: 5 }), 0);
  assert.equal(exitStatus({ passed: 9, failed: 1, skipped: 0 }), 1);
  assert.equal(exitStatus({ passed: 0, failed: 0, skipped: 5 }), 1);
});

test("arguments select files by path, or else tests by name", () => {
  const paths = [
    "test/a.test.ts",
    "test/sub/b.test.ts",
    "test/test_a.py",
    "test/run.ts",
    "test/x.py",
    "test/on-ray/c.test.ts",
  ];
  const all = selectFrom(paths, []);
  assert.deepEqual(all.nodeFiles, ["test/a.test.ts", "test/sub/b.test.ts"]);
  assert.deepEqual(all.pythonFiles, ["test/test_a.py"]);
  const some = selectFrom(paths, ["sub/"]);
  assert.deepEqual(some, { nodeFiles: ["test/sub/b.test.ts"], pythonFiles: [], names: [] });
  assert.deepEqual(selectFrom(paths, ["zebra"]), { ...all, names: ["zebra"] });
  // Tests on a cluster run only when they are named.
  assert.deepEqual(selectFrom(paths, ["on-ray/"]).nodeFiles, ["test/on-ray/c.test.ts"]);
});

test("a suite that breaks without counting a failure counts as one", async () => {
  const suite = (status: number, emptyStatus?: number) =>
    runSuite({
      command: process.execPath,
      args: ["-e", `process.exit(${status})`],
      cwd: process.cwd(),
      env: process.env,
      title: "a suite",
      report: "absent",
      count: () => ({ passed: 2, failed: 0, skipped: 0 }),
      emptyStatus,
    });
  assert.equal((await suite(0)).failed, 0);
  assert.equal((await suite(1)).failed, 1);
  assert.equal((await suite(5)).failed, 1);
  assert.equal((await suite(5, 5)).failed, 0);
});

test("a list of files is cut into parts of nearly one size, in order", () => {
  const sizes = { a: 3, b: 3, c: 5, d: 20, e: 1, f: 0 };
  const parts = split(Object.keys(sizes), (file) => sizes[file as keyof typeof sizes], 10);
  assert.deepEqual(parts, [["a", "b"], ["c"], ["d"], ["e", "f"]]);
  assert.deepEqual(
    split([], () => 1, 10),
    [],
  );
});

test("jobs are taken in order, as many at once as there are cores, and each is done once", async () => {
  const started: number[] = [];
  let [running, most] = [0, 0];
  const jobs = Array.from({ length: 7 }, (_, i) => async () => {
    started.push(i);
    most = Math.max(most, ++running);
    for (let turn = 0; turn < i; turn++) await Promise.resolve();
    running--;
    return i * i;
  });
  assert.deepEqual(await runJobs(jobs, 3), [0, 1, 4, 9, 16, 25, 36]);
  assert.deepEqual(started, [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(most, 3);
  assert.deepEqual(await runJobs([], 3), []);
});

test("a package lock that differs from package.json is out of date", () => {
  const wanted = { name: "x", version: "1.0.0", dependencies: { a: "1.2.3" } };
  const entry = { "node_modules/a": { version: "1.2.3" } };
  const lock = (packages: object) => ({ packages: { "": wanted, ...packages } });
  assert.equal(packageLockFault(wanted, lock(entry)), undefined);
  assert.match(packageLockFault({ ...wanted, version: "1.0.1" }, lock(entry)) ?? "", /version/);
  const dependencies = { a: "1.2.3", b: "1.0.0" };
  assert.match(packageLockFault({ ...wanted, dependencies }, lock(entry)) ?? "", /dependencies/);
  assert.match(packageLockFault(wanted, lock({})) ?? "", /lacks a 1\.2\.3/);
  const native = { "node_modules/a": { version: "1.2.3", optionalDependencies: { "a-mac": "1" } } };
  assert.match(packageLockFault(wanted, lock(native)) ?? "", /lacks a-mac/);
  const mac = { "node_modules/a-mac": { version: "1" } };
  assert.equal(packageLockFault(wanted, lock({ ...native, ...mac })), undefined);
  const hosted = { "node_modules/a": { version: "1.2.3", resolved: "https://host.test/a.tgz" } };
  assert.match(
    packageLockFault(wanted, lock(hosted)) ?? "",
    /names where node_modules\/a came from/,
  );
});

test("the results of the searches are printed line by line", () => {
  const record = { search: "a.test.ts", on: "pipes", steps: [40, 1000], seed: 7, seconds: 1.6 };
  const text = searchSummary([
    { ...record, failed: false },
    { ...record, search: "test_b.py", on: "Python", steps: [], failed: true },
  ]);
  assert.deepEqual(
    text.split("\n").map((line) => line.split(/ {2,}/)),
    [
      ["search", "on", "steps", "seed", "seconds", "faults"],
      ["a.test.ts", "pipes", "1000, 40", "7", "2", "none"],
      ["test_b.py", "Python", "all", "7", "2", "found, see above"],
    ],
  );
});

test("tests that do not depend on the data path are run on the first one only", () => {
  const files = ["test/setup/setup.test.ts", "test/values/types.test.ts"];
  assert.deepEqual(filesOn("pipes, shared memory where there is some", files), files);
  assert.deepEqual(filesOn("sockets, no shared memory", files), ["test/values/types.test.ts"]);
  for (const file of ONE_PATH) {
    assert.ok(existsSync(new URL(`../../${file}`, import.meta.url)), `there is no ${file}`);
  }
});
