import type { Selection } from "./select.ts";
import { runSuite } from "./suite-process.ts";
import { type Counts, countTap, NONE } from "./summary.ts";

/** Runs the TypeScript tests and shows their output as it comes. */
export async function runNodeTests(
  root: string,
  { nodeFiles, names }: Selection,
  report: string,
): Promise<Counts> {
  if (nodeFiles.length === 0) return NONE;
  const pattern =
    names.length === 0 ? [] : [`--test-name-pattern=${names.map(escapeRegExp).join("|")}`];
  return await runSuite({
    command: process.execPath,
    args: [
      ...["--import", "tsx", "--test", ...pattern],
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...["--test-reporter=tap", `--test-reporter-destination=${report}`],
      ...nodeFiles,
    ],
    cwd: root,
    env: process.env,
    live: true,
    report,
    count: countTap,
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
