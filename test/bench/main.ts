// Measures futhark-bridge beside its neighbours, in one run: `npm run bench -- --help`.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { BuildError } from "../../ts/errors.ts";
import { findPython } from "../../ts/setup/python-env.ts";
import { run } from "../../ts/setup/run-command.ts";
import { openContestants } from "./contestants.ts";
import { measureCases } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { compiled, fromSources } from "./package-form.ts";
import { chart } from "./report/chart.ts";
import { report } from "./report/json.ts";
import { markdown } from "./report/markdown.ts";
import { terminalTable } from "./report/table.ts";
import { describeMachine, type Results } from "./results.ts";
import { measureStartUp } from "./start-up.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const PARTS = ["call", "chain", "array", "start", "memory"] as const;

interface Options {
  readonly backend: string;
  readonly quick: boolean;
  readonly only?: (typeof PARTS)[number];
  readonly sizes?: readonly number[];
  readonly out: string;
}

const options = new Command("npm run bench --")
  .description("Measure futhark-bridge beside futhark_ffi, pythonia, koffi and memcpy.")
  .addOption(
    new Option("--backend <name>", "Futhark's back end")
      .choices(["c", "multicore", "opencl", "cuda", "hip"])
      .default("c"),
  )
  .option("--quick", "less than a minute: small arrays, few rounds", false)
  .addOption(new Option("--only <part>", "measure one part").choices(PARTS))
  .option("--sizes <numbers>", "elements of the arrays, with commas between", parseSizes)
  .option("--out <folder>", "where JSON, chart and table go", join(FOLDER, "results"))
  .parse()
  .opts<Options>();

const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const wants = (part: (typeof PARTS)[number]): boolean =>
  options.only === undefined || options.only === part;

const python = findPython();
const built = await build();
const form = options.quick ? fromSources() : await compiled();
const machine = await describeMachine(python, options.backend);
const { contestants, absent } = await openContestants(form, python, built, options.backend);
for (const line of absent) log(`· ${line}`);
try {
  const cases = (["call", "chain", "array"] as const).filter(wants);
  const measured = await measureCases(contestants, cases, options, log);
  for (const contestant of contestants.splice(0)) await contestant.close();
  if (wants("start")) log("· start-up");
  const startUp = wants("start")
    ? await measureStartUp(form, python, built.module, options.quick ? 2 : 15)
    : undefined;
  if (wants("memory")) log("· memory");
  const memory = wants("memory")
    ? await measureMemory(form, built.module, options.quick ? 1e7 : 1e8)
    : undefined;
  const { backend, quick } = options;
  write({ machine, backend, quick, measured, startUp, memory, absent });
} finally {
  for (const contestant of contestants) await contestant.close();
}

function parseSizes(text: string): number[] {
  const sizes = text.split(",").map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size > 0)) return sizes;
  throw new InvalidArgumentError("expected whole numbers from 1.");
}

async function build(): Promise<{ module: string; library: string | null }> {
  const script = join(FOLDER, "build_program.py");
  const env = { ...process.env, PYTHONPATH: join(FOLDER, "../../py") };
  try {
    const args = [script, join(FOLDER, "bench.fut"), options.backend];
    return JSON.parse(await run(python, args, { env }));
  } catch (cause) {
    const why = (cause as { output?: string }).output ?? "";
    throw new BuildError(`the benchmark's program does not build:\n${why}`, { cause });
  }
}

function write(results: Results): void {
  process.stdout.write(terminalTable(results));
  mkdirSync(options.out, { recursive: true });
  // The figures of the `c` back end are those that the README shows.
  const stem = results.backend === "c" ? "" : `-${results.backend}`;
  writeFileSync(join(options.out, `results${stem}.json`), report(results));
  writeFileSync(join(options.out, `chart${stem}.svg`), chart(results));
  writeFileSync(join(options.out, `table${stem}.md`), markdown(results));
}
