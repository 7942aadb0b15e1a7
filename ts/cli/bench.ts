import { type Command, Option } from "commander";
import { BACKENDS, type Backend } from "../backends.ts";
import { TOLERANCE } from "./compare.ts";
import { collect, positiveInteger } from "./option-values.ts";

interface Options {
  readonly backend: Backend;
  readonly entry?: readonly string[];
  readonly exclude: readonly string[];
  readonly runs?: number;
  readonly json?: string;
}

const EXAMPLES = `
Measures the tests that programs carry in comments (futhark-bridge test --help), except those that
expect an error or have the tag nobench. Arguments are in Futhark before the time starts; the time
of a call through the bridge ends when its results are complete. The results are checked once.

Examples:
  futhark-bridge bench mean.fut
  futhark-bridge bench mean.fut -b multicore --runs 100 --json new.json
  futhark benchcmp old.json new.json                          the files are those of futhark bench`;

/** Adds `bench`. */
export function register(program: Command): void {
  program
    .command("bench")
    .description("measure the tests that programs carry in comments, through the bridge")
    .argument("<programs...>", "programs (.fut), or folders to look for them in")
    .addOption(
      new Option("-b, --backend <backend>", "what to compile for").choices(BACKENDS).default("c"),
    )
    .option("-e, --entry <name>", "measure only this entry point; may be repeated", collect)
    .option(
      "--exclude <tag>",
      "leave out programs and tests with this tag, in addition to nobench, disable, no_<backend>",
      collect,
      ["nobench", "disable"],
    )
    .option(
      "-r, --runs <n>",
      "number of runs; default at least 10, and as many as fit into half a second",
      positiveInteger,
    )
    .option("--json <file>", "also write all times, in the format of futhark bench")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(paths: readonly string[], { json, ...options }: Options): Promise<void> {
  const { findPrograms } = await import("./test-programs.ts");
  const { benchProgram } = await import("./bench-program.ts");
  const { benchJson, benchLine } = await import("./bench-report.ts");
  const { Progress } = await import("../setup/progress.ts");
  const { printable } = await import("../bindings/escaped.ts");
  const progress = new Progress(process.stderr.isTTY ? process.stderr : null);
  const results = [];
  for (const program of findPrograms(paths)) {
    let first = true;
    const measured = await progress.step(program, () =>
      benchProgram(program, { ...options, tolerance: TOLERANCE }, (one) => {
        if (first) process.stdout.write(`${printable(program)}:\n`);
        first = false;
        process.stdout.write(`${printable(benchLine(one))}\n`);
        if ("failure" in one) process.exitCode = 1;
      }),
    );
    results.push({ program, measured });
  }
  if (results.every(({ measured }) => measured.length === 0)) {
    process.stderr.write("nothing to measure: no test returns results\n");
  }
  if (json === undefined) return;
  const { writeFile } = await import("node:fs/promises");
  await writeFile(json, `${benchJson(results)}\n`);
}
