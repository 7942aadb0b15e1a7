import { type Command, Option } from "commander";
import { BACKENDS, type Backend } from "../backends.ts";

interface Options {
  readonly backend: Backend;
}

const EXAMPLES = `
The program needs data sets to measure, as for \`futhark bench\`: a comment such as
  -- ==
  -- input { [1, 2, 3] }
The result is written to <program>.tuning, for the option "tuning" of open().
Only programs for opencl, cuda and hip have parameters that autotune can tune.

Examples:
  futhark-bridge autotune dct.fut
  futhark-bridge autotune dct.fut -b cuda -- --runs=5 -v     options of futhark autotune`;

/** Adds `autotune`. */
export function register(program: Command): void {
  program
    .command("autotune")
    .description("find good tuning parameters for a program on this machine")
    .argument("<program>", "the program (.fut)")
    .argument("[options...]", "options for futhark autotune, after --")
    .addOption(
      new Option("-b, --backend <backend>", "what to tune for").choices(BACKENDS).default("opencl"),
    )
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(path: string, more: readonly string[], { backend }: Options): Promise<void> {
  const { autotune } = await import("./autotune-program.ts");
  process.stdout.write(`${await autotune(path, backend, more)}\n`);
}
