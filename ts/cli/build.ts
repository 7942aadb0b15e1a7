import { type Command, Option } from "commander";

interface Options {
  readonly backend: string;
  readonly output: string;
  readonly bindings: string;
  readonly watch?: true;
}

const EXAMPLES = `
Examples:
  futhark-bridge build dct.fut                   build/_dct.*.so, build/dct.json, build/dct.ts
  futhark-bridge build dct.fut -b opencl -o lib
  futhark-bridge build a.fut b.fut --watch       again when they, or what they import, change

Then:  import { open } from "./build/dct.ts";    typed, or
       import { open } from "futhark-bridge";    await open("build/dct")`;

export const BACKENDS: readonly string[] = ["c", "multicore", "ispc", "opencl", "cuda", "hip"];

/** Adds `build`. */
export function register(program: Command): void {
  program
    .command("build")
    .description("compile programs, build their CFFI modules, and write their bindings")
    .argument("<program...>", "the programs (.fut)")
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
    .option("-w, --watch", "build again on changes, until it is interrupted")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  const { buildPrograms, checkNames, watchPrograms } = await import("./build-programs.ts");
  const { printable } = await import("../bindings/escaped.ts");
  checkNames(paths);
  const report = {
    built: (files: readonly string[]) => process.stdout.write(`${files.join("\n")}\n`),
    failed: (error: Error) => process.stderr.write(`error: ${printable(error.message)}\n`),
  };
  if (options.watch === true) await watchPrograms(paths, options, report);
  else if (!(await buildPrograms(paths, options, report))) process.exitCode = 1;
}
