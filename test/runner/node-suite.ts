import type { Selection } from "./select.ts";
import { runSuite } from "./suite-process.ts";
import { type Counts, countTap, NONE } from "./summary.ts";

/** The ways that data take, by what the environment says: what differs between them is speed alone. */
export const DATA_PATHS = {
  "pipes, shared memory where there is some": {},
  "sockets, no shared memory": { FUTHARK_BRIDGE_SHARED_MEMORY: "0" },
} as const;

/**
 * The files whose tests do not depend on the data path: they open no module, or say themselves on
 * what their programs run. They are run on the first path only.
 */
const ONE_PATH = new Set(
  Object.entries({
    arguments: ["changed-arguments"],
    bench: ["bench"],
    bindings: ["bindings", "hostile-manifest"],
    cli: ["cli", "futhark-test", "run-formats"],
    data: ["data-files", "input-limits"],
    demo: ["demo", "fluid-page"],
    guide: ["coverage", "guides", "site"],
    loaders: ["program-modules"],
    "nd-array": ["nd-array", "nd-array-format", "npy"],
    package: ["bundles", "deploy", "empty-home", "init", "smoke"],
    pool: ["cluster-options", "cluster-queue", "pool-deaths"],
    program: ["build-options"],
    python: ["python-faults"],
    "on-ray": ["cluster-faults", "cluster-pool", "cluster-values", "driver-death"],
    runner: ["reliability", "runner"],
    servers: ["servers"],
    setup: [
      "doctor-backends",
      "futhark-wrapper",
      "interrupted",
      "setup",
      "setup-debian",
      "setup-opencl",
      "setup-sources",
    ],
    worker: ["child-processes", "output", "thread-orphans"],
  }).flatMap(([room, names]) => names.map((name) => `test/${room}/${name}.test.ts`)),
);

/** The files of a selection that are run on a data path. */
export function filesOn(dataPath: keyof typeof DATA_PATHS, files: readonly string[]): string[] {
  const first = dataPath === Object.keys(DATA_PATHS)[0];
  return files.filter((file) => first || !ONE_PATH.has(file.replaceAll("\\", "/")));
}

/** Runs the TypeScript tests on one data path and shows their output as it comes. */
export async function runNodeTests(
  root: string,
  { nodeFiles: selected, names }: Selection,
  dataPath: keyof typeof DATA_PATHS,
  report: string,
): Promise<Counts> {
  const nodeFiles = filesOn(dataPath, selected);
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
