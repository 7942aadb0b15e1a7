// Runs all tests of both languages, those in TypeScript once for each way that data take, and
// ends with one line that adds them up.
//
//   npm test                 everything
//   npm test -- NAME...      the test files whose path holds a NAME; when there is none, the tests

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DATA_PATHS, runNodeTests } from "./node-suite.ts";
import { runPytest } from "./pytest-suite.ts";
import { selectTests } from "./select.ts";
import { addCounts, type Counts, exitStatus, summaryLine } from "./summary.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const work = mkdtempSync(join(tmpdir(), "futhark-bridge-test-"));
try {
  const selected = selectTests(root, process.argv.slice(2));
  const pytest = runPytest(root, selected, join(work, "pytest.xml"));
  const counts: Counts[] = [];
  for (const dataPath of Object.keys(DATA_PATHS) as (keyof typeof DATA_PATHS)[]) {
    const report = join(work, `node-${counts.length}.tap`);
    counts.push(await runNodeTests(root, selected, dataPath, report));
  }
  const total = addCounts([...counts, await pytest]);
  process.stdout.write(`\n${summaryLine(total)}\n`);
  process.exitCode = exitStatus(total);
} finally {
  rmSync(work, { recursive: true, force: true });
}
