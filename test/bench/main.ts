// Measures futhark-bridge beside its peers, in one run: `npm run bench -- --help`.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { BuildError } from "../../ts/errors.ts";
import { findPython } from "../../ts/setup/python-env.ts";
import { run } from "../../ts/setup/run-command.ts";
import { LABELS, type Name } from "./contestant.ts";
import type { Built } from "./contestants.ts";
import { FULL, QUICK } from "./effort.ts";
import type { Samples } from "./interleave.ts";
import { measure } from "./measure.ts";
import { compiled, fromSources } from "./package-form.ts";
import { chart } from "./report/chart.ts";
import { markdown } from "./report/markdown.ts";
import { terminalTable } from "./report/table.ts";
import { describeMachine, merge, PARTS, type Part, type Results } from "./results.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const RESULTS = join(FOLDER, "results");

interface Options {
  readonly backend: string;
  readonly quick: boolean;
  readonly only?: readonly Part[];
  readonly ways?: readonly Name[];
  readonly sizes?: readonly number[];
  readonly scale?: true;
  readonly render?: true;
  readonly out: string;
}

const options = new Command("npm run bench --")
  .description("Measure futhark-bridge beside other ways to call Futhark. Takes about 10 minutes.")
  .addOption(
    new Option("--backend <name>", "Futhark's back end")
      .choices(["c", "multicore", "opencl", "cuda", "hip"])
      .default("c"),
  )
  .option("--quick", "less than a minute: few sizes, few rounds", false)
  .option("--only <parts>", `of ${PARTS.join(", ")}; others are kept`, listOf(PARTS))
  .option(
    "--ways <names>",
    `of ${Object.keys(LABELS).join(", ")}`,
    listOf(Object.keys(LABELS) as Name[]),
  )
  .option("--scale", "pools, live values and large programs, and nothing else")
  .option("--sizes <numbers>", "elements of the arrays, with commas between", parseSizes)
  .option("--render", "measure nothing: write the tables and the chart of results.json again")
  .option("--out <folder>", "where JSON, chart and tables go", RESULTS)
  .parse()
  .opts<Options>();
const { backend, quick, ways, sizes } = options;
// The README shows the figures of back end `c`. Runs with other options are printed, but do not
// replace them.
const stem = `${backend === "c" ? "" : `-${backend}`}${sizes || ways ? "-chosen" : ""}`;
const target = (name: string, ending: string): string =>
  join(options.out, `${name}${stem}.${ending}`);
const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const earlier = readResults(target("results", "json"));
if (options.render) {
  if (earlier === undefined) throw new Error(`${target("results", "json")}: no results to show`);
  write(earlier);
} else {
  const chosen = sizes || ways ? (["curve"] as const) : PARTS;
  const parts = options.scale ? (["scale"] as const) : (options.only ?? chosen);
  const python = findPython();
  const form = quick ? fromSources() : await compiled();
  const budget = quick ? QUICK : FULL;
  const place = { form, python, built: await build(python), backend, quick };
  const measured = await measure(place, parts, ways, sizes ? { ...budget, sizes } : budget, log);
  const machine = await describeMachine(python, backend);
  write(merge(earlier, { machine, backend, quick, ...measured }, parts));
}

/** Reads the results of an earlier run. */
function readResults(file: string): Results | undefined {
  if (!existsSync(file)) return undefined;
  const content: Partial<Results> = JSON.parse(readFileSync(file, "utf8"));
  return content.measured === undefined ? undefined : (content as Results);
}

function parseSizes(text: string): number[] {
  const list = text.split(",").map(Number);
  if (list.every((size) => Number.isInteger(size) && size > 0)) return list;
  throw new InvalidArgumentError("expected whole numbers from 1.");
}

function listOf<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) => {
    const list = text.split(",") as T[];
    const wrong = list.find((each) => !known.includes(each));
    if (wrong === undefined) return list;
    throw new InvalidArgumentError(`expected some of ${known.join(", ")}, got ${wrong}.`);
  };
}

async function build(python: string): Promise<Built> {
  const script = join(FOLDER, "build_program.py");
  const env = { ...process.env, PYTHONPATH: join(FOLDER, "../../py") };
  try {
    return JSON.parse(await run(python, [script, join(FOLDER, "bench.fut"), backend], { env }));
  } catch (cause) {
    const why = (cause as { output?: string }).output ?? "";
    throw new BuildError(`the benchmark's program does not build:\n${why}`, { cause });
  }
}

function write(results: Results): void {
  process.stdout.write(terminalTable(results));
  mkdirSync(options.out, { recursive: true });
  const { measured, ...others } = results;
  const rows = measured.map(
    ({ samples, ...each }) => `    ${JSON.stringify({ ...each, samples: rounded(samples) })}`,
  );
  const rest = JSON.stringify(others, undefined, 2).slice(0, -2);
  writeFileSync(
    target("results", "json"),
    `${rest},\n  "measured": [\n${rows.join(",\n")}\n  ]\n}\n`,
  );
  writeFileSync(target("chart", "svg"), chart(results));
  writeFileSync(target("table", "md"), markdown(results));
}

/** Four digits exceed the repeatability of any run. */
function rounded(samples: Samples): Samples {
  const entries = Object.entries(samples).map(([name, values]) => [
    name,
    values.map((us) => Number(us.toPrecision(4))),
  ]);
  return Object.fromEntries(entries);
}
