import { declareType } from "./declarations.ts";
import { inLine, quoted } from "./escaped.ts";
import { Expressions } from "./expressions.ts";
import { docComment, interfaceOf, key, property, wrapped } from "./layout.ts";
import type { ProgramPlace } from "./module-path.ts";
import {
  defaultDeclaration,
  openingCode,
  openingDeclarations,
  openingTypes,
  VALUES,
} from "./opening.ts";
import type { EntryPointInfo, ProgramInfo, TypeInfo } from "./program-info.ts";

/** Generates a TypeScript module with the types of a program and the functions that open it. */
export function typescriptBindings(info: ProgramInfo, place: ProgramPlace | string): string {
  const write = new Expressions(info);
  const body = declarations(info, write) + openingTypes(write);
  const at = typeof place === "string" ? { beside: place } : place;
  return `${header(info)}${imports(write, VALUES)}\n${body}${openingCode(at, "ts")}`;
}

/** Generates the same as JavaScript, with separate declarations that suit both module formats. */
export function javascriptBindings(
  info: ProgramInfo,
  place: ProgramPlace,
  format: "js" | "cjs",
): { readonly code: string; readonly declarations: string } {
  const write = new Expressions(info);
  const body = declarations(info, write) + openingTypes(write);
  return {
    code: `${header(info)}${openingCode(place, format)}`,
    declarations: `${header(info)}${imports(write, [])}\n${body}${openingDeclarations()}`,
  };
}

/**
 * Generates the types of a program that is imported directly (`import dct from "./dct.fut"`), for
 * the file `dct.d.fut.ts` beside it.
 * @param note Comment lines to insert after the first line.
 */
export function programDeclarations(info: ProgramInfo, note = ""): string {
  const write = new Expressions(info);
  const body = declarations(info, write) + openingTypes(write);
  const head = header(info) + note + imports(write, []);
  return `${head}\n${body}${openingDeclarations()}${defaultDeclaration()}`;
}

function declarations(info: ProgramInfo, write: Expressions): string {
  const types = [...info.types].sort((a, b) => compare(a.name, b.name));
  const entries = [...info.entryPoints].sort((a, b) => compare(a.name, b.name));
  return [
    ...types.map((type) => (type.kind === "array" ? "" : `${declareType(type, write)}\n`)),
    docComment(["The entry points of the program."]),
    interfaceOf(
      "Entries",
      entries.map((entry) => declareEntry(entry, write)),
    ),
    "\n",
    docComment(["The types of the program other than scalars, by Futhark's name."]),
    interfaceOf(
      "Types",
      types.map((type) => property(type.name, typeObject(type, write))),
    ),
    "\n",
  ].join("");
}

function header({ compilerVersion }: ProgramInfo): string {
  const by =
    compilerVersion === null
      ? ""
      : `, for a program compiled by Futhark ${inLine(compilerVersion)}`;
  return (
    `// Written by \`futhark-bridge types\`${by}: do not edit.\n` +
    "// biome-ignore-all format: generated\n"
  );
}

function imports(write: Expressions, values: readonly string[]): string {
  const names = [...[...write.imports].map((name) => `type ${name}`), ...values];
  const sorted = names.sort((a, b) => compareNames(plainName(a), plainName(b)));
  return `import {\n${sorted.map((name) => `  ${name},\n`).join("")}} from "futhark-bridge";\n`;
}

function plainName(item: string): string {
  return item.replace(/^type /, "");
}

/** Compares names as Biome does: letter by letter, uppercase before lowercase. */
function compareNames(a: string, b: string): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a.charAt(i), b.charAt(i)];
    if (x !== y) return compare(x.toLowerCase(), y.toLowerCase()) || compare(x, y);
  }
  return a.length - b.length;
}

function declareEntry(entry: EntryPointInfo, write: Expressions): string {
  const args = entry.inputs.map(
    ({ name, type }, i) => `${label(name, i)}: ${write.argument(type)}`,
  );
  const results = entry.outputs.map(({ type }) => write.handle(type));
  const result = results.length === 1 ? results.join("") : `[${results.join(", ")}]`;
  const line = `  readonly ${key(entry.name)}: ${write.use("Entry")}<`;
  const doc = entry.doc === undefined ? [] : [entry.doc.trim(), ""];
  return (
    docComment([...doc, `\`${signature(entry)}\``], "  ") +
    wrapped(line, "[", args, "]", `, ${result}>;\n`)
  );
}

/** Formats an entry point in Futhark syntax; `*` marks consumed arguments and unique results. */
export function signature({ name, inputs, outputs }: EntryPointInfo): string {
  const mark = (unique: boolean) => (unique ? "*" : "");
  const parameters = inputs.map((input) => `(${input.name}: ${mark(input.unique)}${input.type})`);
  const results = outputs.map(({ type, unique }) => mark(unique) + type);
  const result = results.length === 1 ? results.join("") : `(${results.join(", ")})`;
  return `${[name, ...parameters].join(" ")}: ${result}`;
}

/** Returns the name of a parameter as a valid TypeScript label. */
function label(name: string, index: number): string {
  const safe = name.replaceAll("'", "_").replace(/[^\w$]/g, "");
  if (!/^[A-Za-z_$]/.test(safe)) return `arg${index}`;
  return NO_LABELS.has(safe) ? `${safe}_` : safe;
}

/** Keywords that cannot start a type or label a tuple element. */
const NO_LABELS = new Set(
  (
    "break case catch class const continue debugger default delete do else enum export extends " +
    "finally for function if implements import in instanceof interface let new package private " +
    "protected public return static super switch throw try var while with yield"
  ).split(" "),
);

function typeObject(type: TypeInfo, write: Expressions): string {
  switch (type.kind) {
    case "array":
      return `${write.use("ArrayType")}<"${type.elemtype}", ${type.rank}>`;
    case "opaque":
      return `${write.use("AbstractType")}<${quoted(type.name)}>`;
    default:
      return `${write.use(TYPE_OBJECTS[type.kind])}<${write.name(type.name)}Type>`;
  }
}

const TYPE_OBJECTS = {
  record: "RecordType",
  sum: "SumType",
  record_array: "RecordArrayType",
  opaque_array: "OpaqueArrayType",
} as const;

/** Compares by code units, which does not depend on the locale. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
