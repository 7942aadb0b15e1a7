import { runSuite } from "./suite-process.ts";
import { type Counts, countTap } from "./summary.ts";

/** The ways that data take, by what the environment says: what differs between them is speed alone. */
export const DATA_PATHS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "pipes, shared memory where there is some": {},
  "sockets, no shared memory": { FUTHARK_BRIDGE_SHARED_MEMORY: "0" },
};

/**
 * The files whose tests do not depend on the data path: they open no module, say themselves on what
 * their programs run, or test what lies above arrays. They are run on the first path only.
 */
export const ONE_PATH: ReadonlySet<string> = new Set(
  Object.entries({
    arguments: ["changed-arguments"],
    arrow: ["apache-arrow", "arrow-files", "codec"],
    bench: ["bench"],
    bindings: ["bindings", "hostile-manifest"],
    cli: ["cli", "cli-frame", "futhark-test", "run-formats"],
    data: ["data-files", "data-format", "input-limits"],
    demo: ["demo", "fluid-page", "fluid-program"],
    guide: ["coverage", "guides", "site"],
    loaders: ["program-modules"],
    module: ["attach-kernel", "hastl", "public-api", "spelling"],
    "nd-array": ["float16", "nd-array", "nd-array-format", "nested", "npy"],
    notebook: ["notebook-display"],
    package: [
      "bundles",
      "dependencies",
      "deploy",
      "empty-home",
      "init",
      "links",
      "python-versions",
      "smoke",
    ],
    pool: ["cluster-options", "cluster-queue", "pool-deaths"],
    program: ["build-options"],
    python: ["python-faults"],
    "on-ray": ["cluster-faults", "cluster-pool", "cluster-values", "driver-death"],
    runner: ["reliability", "runner"],
    search: ["connection-files", "decoders", "manifests"],
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
    wire: ["frames", "unpacker"],
    worker: ["child-processes", "heap", "output", "start-limits", "thread-orphans"],
  }).flatMap(([room, names]) => names.map((name) => `test/${room}/${name}.test.ts`)),
);

/** The files of a selection that are run on a data path. */
export function filesOn(dataPath: string, files: readonly string[]): string[] {
  const first = dataPath === Object.keys(DATA_PATHS)[0];
  return files.filter((file) => first || !ONE_PATH.has(file.replaceAll("\\", "/")));
}

/** Runs files of TypeScript tests on one data path, and shows their output when they have ended. */
export async function runNodeTests(
  root: string,
  files: readonly string[],
  names: readonly string[],
  dataPath: string,
  report: string,
): Promise<Counts> {
  const pattern =
    names.length === 0 ? [] : [`--test-name-pattern=${names.map(escapeRegExp).join("|")}`];
  return await runSuite({
    command: process.execPath,
    args: [
      ...["--import", "tsx", "--test", "--test-concurrency=1", ...pattern],
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...["--test-reporter=tap", `--test-reporter-destination=${report}`],
      ...files,
    ],
    cwd: root,
    env: { ...process.env, ...DATA_PATHS[dataPath] },
    title: `${files[0]} to ${files.at(-1)}: ${dataPath}`,
    report,
    count: countTap,
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
