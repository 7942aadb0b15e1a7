import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import { ArgumentError } from "../errors.ts";
import { programPlace } from "./module-path.ts";
import type { ProgramInfo } from "./program-info.ts";
import { readSources, sourcesNote } from "./sources.ts";
import { javascriptBindings, programDeclarations, typescriptBindings } from "./typescript.ts";

/** Maps the extension of a bindings file to its format and the extension of its declarations. */
const FORMATS: Readonly<Record<string, readonly ["ts"] | readonly ["js" | "cjs", string]>> = {
  ".ts": ["ts"],
  ".mts": ["ts"],
  ".js": ["js", ".d.ts"],
  ".mjs": ["js", ".d.mts"],
  ".cjs": ["cjs", ".d.cts"],
};

/**
 * Writes bindings for a program in the language of the file extension; `.d.fut.ts` stands for the
 * types of a program that is imported directly.
 * @param program Path of the manifest or source of the program.
 * @returns The paths of the files: the output, and its declarations if it is JavaScript.
 * @throws {ArgumentError} If the extension is not supported.
 */
export function writeBindings(info: ProgramInfo, program: string, output: string): string[] {
  if (output.endsWith(".d.fut.ts")) {
    const note = program.endsWith(".fut") ? sourcesNote(readSources(program)) : "";
    writeFileSync(output, programDeclarations(info, note));
    return [output];
  }
  const extension = extname(output);
  const format = FORMATS[extension];
  if (format === undefined || output.endsWith(`.d${extension}`)) {
    throw new ArgumentError(
      `expected a file of ${Object.keys(FORMATS).join(", ")} or .d.fut.ts for bindings, got ${output}`,
    );
  }
  const place = programPlace(program, output);
  const [kind, types] = format;
  if (kind === "ts") {
    writeFileSync(output, typescriptBindings(info, place));
    return [output];
  }
  const { code, declarations } = javascriptBindings(info, place, kind);
  const declared = output.slice(0, -extension.length) + types;
  writeFileSync(output, code);
  writeFileSync(declared, declarations);
  return [output, declared];
}
