import type { Command } from "commander";

interface Options {
  readonly output?: string;
  readonly python?: true;
}

const EXAMPLES = `
Examples:
  futhark-bridge types build/dct.json -o src/dct.ts     typed open, entry points and types
  futhark-bridge types build/dct.json -o src/dct.js     the same in JavaScript, and src/dct.d.ts
  futhark-bridge types build/dct.json -o src/dct.cjs    in CommonJS, and src/dct.d.cts
  futhark-bridge types dct.fut -o dct.d.fut.ts          for import dct from "./dct.fut"
  futhark-bridge types dct.fut > dct.ts                 in TypeScript, from the source
  futhark-bridge types build/dct.json --python -o dct_types.pyi

In TypeScript:  import { open } from "./dct.ts";  await using fut = await open();`;

/** Adds `types`. */
export function register(program: Command): void {
  program
    .command("types")
    .description("write bindings of a program for TypeScript or JavaScript, or a Python stub")
    .argument("<program>", "the manifest beside a module (.json), or a program (.fut)")
    .option(
      "-o, --output <file>",
      "where to write them (.ts, .js, .cjs, .d.fut.ts); without it, to stdout",
    )
    .option("--python", "write a stub for Python (.pyi)")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(path: string, { output, python }: Options): Promise<void> {
  const { programInfo } = await import("./program-manifest.ts");
  const info = await programInfo(path);
  if (python === true) {
    const { pythonStub } = await import("../bindings/python.ts");
    return await write(pythonStub(info), output);
  }
  if (output !== undefined) {
    const { writeBindings } = await import("../bindings/write-bindings.ts");
    for (const file of writeBindings(info, path, output)) process.stderr.write(`wrote ${file}\n`);
    return;
  }
  const { typescriptBindings } = await import("../bindings/typescript.ts");
  const { programPlace } = await import("../bindings/module-path.ts");
  await write(typescriptBindings(info, programPlace(path, output)), output);
}

async function write(text: string, output: string | undefined): Promise<void> {
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  const { writeFile } = await import("node:fs/promises");
  await writeFile(output, text);
  process.stderr.write(`wrote ${output}\n`);
}
