import { type Command, Option } from "commander";

interface Options {
  readonly backend: string;
  readonly output: string;
  readonly bindings: string;
}

const EXAMPLES = `
Examples:
  futhark-bridge build dct.fut                   build/_dct.*.so, build/dct.json, build/dct.ts
  futhark-bridge build dct.fut -b opencl -o lib

Then:  import { open } from "./build/dct.ts";    typed, or
       import { open } from "futhark-bridge";    await open("build/dct")`;

export const BACKENDS: readonly string[] = ["c", "multicore", "opencl", "cuda", "hip"];

/** Adds `build`. */
export function register(program: Command): void {
  program
    .command("build")
    .description("compile a program, build its CFFI module, and write its bindings")
    .argument("<program>", "the program (.fut)")
    .addOption(
      new Option("-b, --backend <backend>", "what to compile for")
        .choices(BACKENDS)
        .default("multicore"),
    )
    .option("-o, --output <folder>", "output folder", "build")
    .addOption(
      new Option(
        "--bindings <language>",
        "write bindings as TypeScript, JavaScript or CommonJS, or types of an imported .fut",
      )
        .choices(["ts", "js", "cjs", "fut"])
        .default("ts"),
    )
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(path: string, { backend, output, bindings }: Options): Promise<void> {
  const { buildProgram } = await import("./build-program.ts");
  const { Progress } = await import("../setup/progress.ts");
  for (const file of await buildProgram(path, backend, output, new Progress(), bindings)) {
    process.stdout.write(`${file}\n`);
  }
}
