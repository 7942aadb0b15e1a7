import { type Command, InvalidArgumentError, Option } from "commander";
import { BACKENDS, type Backend } from "../backends.ts";
import { TOLERANCE } from "./compare.ts";
import { collect, positiveInteger } from "./option-values.ts";

interface Options {
  readonly backend: Backend;
  readonly entry?: readonly string[];
  readonly exclude: readonly string[];
  readonly tolerance: number;
  readonly concurrency?: number;
  readonly json?: true;
}

const EXAMPLES = `
Tests are comments in the program, as for futhark test:
  -- ==
  -- entry: mean
  -- input { [1f32, 2f32] } output { 1.5f32 }
  -- input @ large.in.gz     output @ large.out
  -- random input { [1000]f32 } auto output
  -- input { empty([0]f32) } error: empty
Script inputs, properties, and records and sums of several parts as results are not supported, and
fail. A tuning file beside the program (<program>.tuning) is used. Ends with status 1 if a test
fails.

Examples:
  futhark-bridge test mean.fut
  futhark-bridge test lib tests --backend opencl --exclude slow`;

/** Adds `test`. */
export function register(program: Command): void {
  program
    .command("test")
    .description("run the tests that programs carry in comments, through the bridge")
    .argument("<programs...>", "programs (.fut), or folders to look for them in")
    .addOption(
      new Option("-b, --backend <backend>", "what to compile for").choices(BACKENDS).default("c"),
    )
    .option("-e, --entry <name>", "test only this entry point; may be repeated", collect)
    .option(
      "--exclude <tag>",
      "do not run programs and tests with this tag, in addition to disable, notest, no_<backend>",
      collect,
      ["disable", "notest"],
    )
    .option("--tolerance <number>", "largest relative difference of floats", tolerance, TOLERANCE)
    .option("--concurrency <n>", "programs tested at once; default one per core", positiveInteger)
    .option("--json", "print the result of each test as JSON")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  const { describeFailures, findPrograms, passed, summary, testPrograms } = await import(
    "./test-programs.ts"
  );
  const { printable } = await import("../bindings/escaped.ts");
  const { json, ...chosen } = options;
  const results = await testPrograms(findPrograms(paths), chosen, (result) => {
    if (json !== true) process.stdout.write(printable(describeFailures(result)));
  });
  const text = json === true ? JSON.stringify(results, null, 2) : summary(results);
  process.stdout.write(`${text}\n`);
  if (!results.every(passed)) process.exitCode = 1;
}

function tolerance(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0) return value;
  throw new InvalidArgumentError("expected a number of at least 0.");
}
