import { type Command, Option } from "commander";
import { BACKENDS } from "../backends.ts";
import { printable } from "../bindings/escaped.ts";
import { FORMATS } from "../data/formats.ts";
import { collect, positiveInteger } from "./option-values.ts";
import type { RunOptions } from "./run-entry.ts";
import { UsageError } from "./usage-error.ts";

const EXAMPLES = `
Arguments are literals, files, or - for stdin. A file may contain the values of several
parameters: Futhark's data (text or binary), .npy, .npz, Arrow IPC, .csv and .parquet (a value for
each array or column; a table may also be a record or an array of records), .png and .jpg (u8 of
shape [height][width][channels]), or a stored value. FILE#NAME is one column. Any may be
compressed with gzip, of at most 1 GiB when unpacked. Parquet needs pyarrow in Python, images the
package sharp.

Numbers take the parameter's type. Records, sums and tuples are written as in Futhark or as JSON:
{x = 1, y = 2} or {"x": 1, "y": 2}; #rect 3 4 or {"variant": "rect", "payload": [3, 4]};
(1, true) or [1, true].

Results go to stdout as text (JSON for records and sums), or to -o FILE by its extension:
.in .out .txt (text), .data .bin (Futhark binary), .json, .npy, .npz, .arrow .arrows, .csv
.parquet (a column for each array or field), .png .jpg, .futv (stored); .gz may follow.

Examples:
  futhark-bridge run dct.fut dct2d image.npy -o blocks.npy
  futhark-bridge run stats.fut mean '[1, 2.5, 3]'
  futhark-bridge run stats.fut mean prices.csv#price --time
  futhark-bridge run stats.fut centre prices.parquet -o centred.csv
  futhark-bridge run stats.fut main - < stats.in > stats.out
  futhark-bridge run build/geo.json norm '{x = 3, y = 4}'
  futhark-bridge run stats.fut shift -- -1.5f32 -          a literal that looks like an option`;

/** Adds `run`. */
export function register(program: Command): void {
  const command = program.command("run");
  command
    .description("call an entry point with values from the command line, files or stdin")
    .argument("<module>", "a module as open() takes it: import name, file, stem, manifest or .fut")
    .argument("<entry>", "the entry point")
    .argument("[args...]", "its arguments")
    .option("-o, --output <file>", "file for all results, or one -o for each", collect)
    .addOption(new Option("--format <format>", "format of the results").choices(FORMATS))
    .addOption(new Option("-b, --backend <backend>", "for compiling a .fut").choices(BACKENDS))
    .option("--threads <n>", "number of threads (multicore, ispc)", positiveInteger)
    .option("--tuning <file>", "tuning parameters, as autotune writes them")
    .option("--time", "print the time of each part, to stderr")
    .option("--profile", "print Futhark's profile of the call, to stderr")
    .addHelpText("after", EXAMPLES)
    .action(async (module: string, entry: string, args: string[], options: RunOptions) => {
      const { runEntry } = await import("./run-entry.ts");
      try {
        await runEntry(module, entry, args, options);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        command.error(`error: ${printable(error.message)}`);
      }
    });
}
