// Runs all tests of both languages, those in TypeScript once for each way that data take, and
// ends with one line that adds them up. Each core runs one part at a time.
//
//   npm test                 everything
//   npm test -- NAME...      the test files whose path holds a NAME; when there is none, the tests

import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DATA_PATHS, filesOn, runNodeTests } from "./node-suite.ts";
import { partsOf, runJobs } from "./parts.ts";
import { runPytest } from "./pytest-suite.ts";
import { selectTests } from "./select.ts";
import { addCounts, exitStatus, NONE, summaryLine } from "./summary.ts";

/** pytest takes seconds to start, so it gets larger parts. */
const PYTHON_BYTES = 120_000;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const work = mkdtempSync(join(tmpdir(), "futhark-bridge-test-"));
try {
  const { nodeFiles, pythonFiles, names } = selectTests(root, process.argv.slice(2));
  const jobs = [
    ...partsOf(root, pythonFiles, PYTHON_BYTES).map(
      (files, i) => () => runPytest(root, files, names, join(work, `pytest-${i}.xml`)),
    ),
    ...Object.keys(DATA_PATHS).flatMap((path, k) =>
      partsOf(root, filesOn(path, nodeFiles)).map(
        (files, i) => () =>
          runNodeTests(root, files, names, path, join(work, `node-${k}-${i}.tap`)),
      ),
    ),
  ];
  const total = addCounts([NONE, ...(await runJobs(jobs, availableParallelism()))]);
  process.stdout.write(`\n${summaryLine(total)}\n`);
  process.exitCode = exitStatus(total);
} finally {
  rmSync(work, { recursive: true, force: true });
}
