import { type Command, Option } from "commander";
import { BACKENDS, type Backend } from "../backends.ts";

interface Options {
  readonly json?: true;
  readonly backend?: Backend;
}

const EXAMPLES = `
Examples:
  futhark-bridge info build/dct.json
  futhark-bridge info hastl._stl_c              an installed module
  futhark-bridge info dct.fut --json`;

/** Adds `info`. */
export function register(program: Command): void {
  program
    .command("info")
    .description("show the entry points and types of a program")
    .argument("<module>", "a module as open() takes it: import name, file, stem, manifest or .fut")
    .option("--json", "print them as JSON")
    .addOption(
      new Option(
        "-b, --backend <backend>",
        "what to compile a .fut for; default multicore",
      ).choices(BACKENDS),
    )
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(module: string, { json, backend }: Options): Promise<void> {
  const { describeProgram, facts } = await import("./describe.ts");
  if (backend !== undefined && !module.endsWith(".fut")) {
    const { ArgumentError } = await import("../errors.ts");
    throw new ArgumentError(
      `--backend: ${module} is compiled already; only a .fut is compiled here`,
    );
  }
  const { printable } = await import("../bindings/escaped.ts");
  const info = await facts(module, backend ?? "multicore");
  const text = json === true ? JSON.stringify(info, null, 2) : printable(describeProgram(info));
  process.stdout.write(`${text}\n`);
}
