// Runs the searches of test/search in their long form, on every data path, and says what each did;
// and the tests of the fluid page, of an empty home folder, of other Pythons, and beside futhark test:
//
//   npm run test:slow                 all of them
//   npm run test:slow -- NAME...      those whose path holds a NAME
//
// TEST_SEED repeats a run.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SearchRecord, searchSummary } from "./search-summary.ts";

const words = process.argv.slice(2);
process.argv.splice(
  2,
  words.length,
  ...(words.length > 0
    ? words
    : [
        ...["test/search/", "test/program/test_walk", "test/program/walk"],
        ...["test/package/empty-home", "test/package/test_wheel", "test/package/python-versions"],
        ...[
          "test/bench/bench",
          "test/demo/fluid",
          "test/guide/",
          "test/python/python-faults",
          "test/cli/futhark-test",
        ],
      ]),
);
process.env.TEST_SLOW = "1";
process.env.TEST_SEED ??= String(Math.floor(Math.random() * 2 ** 31));
const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-searches-"));
const file = join(folder, "records");
process.env.TEST_RECORD = file;
try {
  await import("./run.ts");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  const records = lines.map((line) => JSON.parse(line) as SearchRecord);
  process.stdout.write(`\n${searchSummary(records)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
