import type { Selection } from "./select.ts";
import { runSuite } from "./suite-process.ts";
import { type Counts, countTap, NONE } from "./summary.ts";

/** The ways that data take, by what the environment says: what differs between them is speed alone. */
export const DATA_PATHS = {
  "pipes, shared memory where there is some": {},
  "sockets, no shared memory": { FUTHARK_BRIDGE_SHARED_MEMORY: "0" },
} as const;

/** Runs the TypeScript tests on one data path and shows their output as it comes. */
export async function runNodeTests(
  root: string,
  { nodeFiles, names }: Selection,
  dataPath: keyof typeof DATA_PATHS,
  report: string,
): Promise<Counts> {
  if (nodeFiles.length === 0) return NONE;
  process.stdout.write(`\n${dataPath}\n`);
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
    env: { ...process.env, ...DATA_PATHS[dataPath] },
    live: true,
    report,
    count: countTap,
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
