import { type Command, Option } from "commander";
import { FORMATS } from "../data/formats.ts";
import { BACKENDS } from "./build.ts";
import type { RunOptions } from "./run-entry.ts";

const EXAMPLES = `
Arguments are literals, files, or - for stdin. A file may contain the values of several
parameters: Futhark's data (text or binary), .npy, Arrow IPC (a value for each column), or a
stored value. Numbers take the parameter's type. Records and sums are JSON:
{"x": 1, "y": 2}, {"variant": "rect", "payload": [3, 4]}; tuples and arrays [1, 2].

Results go to stdout as text (JSON for records and sums), or to -o FILE by its extension:
.in .out .txt (text), .data .bin (Futhark binary), .json, .npy, .arrow .arrows, .futv (stored).

Examples:
  futhark-bridge run dct.fut dct2d image.npy -o blocks.npy
  futhark-bridge run stats.fut mean '[1, 2.5, 3]'
  futhark-bridge run stats.fut main - < stats.in > stats.out
  futhark-bridge run build/geo.json norm '{"x": 3, "y": 4}'
  futhark-bridge run stats.fut shift -- -1.5f32 -          a literal that looks like an option`;

/** Adds `run`. */
export function register(program: Command): void {
  const command = program.command("run");
  command
    .description("call an entry point with values of the command line, files or stdin")
    .argument("<module>", "a module as open() takes it: import name, file, stem, manifest or .fut")
    .argument("<entry>", "the entry point")
    .argument("[args...]", "its arguments")
    .option("-o, --output <file>", "file for all results, or one -o for each", collect)
    .addOption(new Option("--format <format>", "format of the results").choices(FORMATS))
    .addOption(new Option("-b, --backend <backend>", "for compiling a .fut").choices(BACKENDS))
    .option("--threads <n>", "number of threads (multicore)", wholeNumber)
    .option("--tuning <file>", "tuning parameters, as autotune writes them")
    .addHelpText("after", EXAMPLES)
    .action(async (module: string, entry: string, args: string[], options: RunOptions) => {
      const { runEntry, UsageError } = await import("./run-entry.ts");
      try {
        await runEntry(module, entry, args, options);
      } catch (error) {
        if (error instanceof UsageError) command.error(`error: ${error.message}`);
        throw error;
      }
    });
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function wholeNumber(text: string): number {
  return Number(text); // open() checks it
}
