import { declareType } from "./declarations.ts";
import { inLine, quoted } from "./escaped.ts";
import { Expressions } from "./expressions.ts";
import { docComment, interfaceOf, key, property, wrapped } from "./layout.ts";
import type { EntryPointInfo, ProgramInfo, TypeInfo } from "./program-info.ts";

/**
 * Writes a TypeScript module that types a program: what its entry points take and give, its
 * types, and how it is opened.
 * @param module Where the program is, from the folder of the bindings: a path with slashes.
 */
export function typescriptBindings(info: ProgramInfo, module: string): string {
  const write = new Expressions(info);
  const types = [...info.types].sort((a, b) => compare(a.name, b.name));
  const entries = [...info.entryPoints].sort((a, b) => compare(a.name, b.name));
  const declarations = types
    .filter((type) => type.kind !== "array")
    .map((type) => `${declareType(type, write)}\n`);
  const body = [
    ...declarations,
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
    opening(module, write),
  ].join("");
  return `${header(info)}${imports(write)}\n${body}`;
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

function imports(write: Expressions): string {
  const types = [...write.imports].map((name) => `type ${name}`);
  const names = [...types, "open as openModule", "openSync as openModuleSync"];
  const sorted = names.sort((a, b) => compareNames(plainName(a), plainName(b)));
  return `import {\n${sorted.map((name) => `  ${name},\n`).join("")}} from "futhark-bridge";\n`;
}

function plainName(item: string): string {
  return item.replace(/^type /, "");
}

/** Biome's order of names: letter by letter, the capital one before the small one. */
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

/** The entry point in Futhark's words; `*` marks what a call consumes, and what shares no memory. */
export function signature({ name, inputs, outputs }: EntryPointInfo): string {
  const mark = (unique: boolean) => (unique ? "*" : "");
  const parameters = inputs.map((input) => `(${input.name}: ${mark(input.unique)}${input.type})`);
  const results = outputs.map(({ type, unique }) => mark(unique) + type);
  const result = results.length === 1 ? results.join("") : `(${results.join(", ")})`;
  return `${[name, ...parameters].join(" ")}: ${result}`;
}

/** A parameter's name, as TypeScript may have it. */
function label(name: string, index: number): string {
  const safe = name.replaceAll("'", "_").replace(/[^\w$]/g, "");
  if (!/^[A-Za-z_$]/.test(safe)) return `arg${index}`;
  return NO_LABELS.has(safe) ? `${safe}_` : safe;
}

/** Words that cannot start a type, nor name what a tuple's place is. */
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

function opening(module: string, write: Expressions): string {
  for (const name of ["Blocking", "FutharkModule", "OpenOptions"]) write.use(name);
  const relative = encodeURI(module).replaceAll("?", "%3F").replaceAll("#", "%23");
  const url = quoted(relative.startsWith(".") ? relative : `./${relative}`);
  return `/** The program, opened. */
export type Module = FutharkModule<Entries, Types>;

/** How the program is opened. */
export interface Options extends OpenOptions {
  /** The program's module, where it is not at its place beside this file. */
  readonly module?: string;
}

const MODULE: string = decodeURIComponent(new URL(${url}, import.meta.url).pathname);

/** Loads the program in a worker of its own. */
export function open({ module = MODULE, ...options }: Options = {}): Promise<Module> {
  return openModule(module, options);
}

/** Loads the program for blocking calls. */
export function openSync({ module = MODULE, ...options }: Options = {}): Blocking<Module> {
  return openModuleSync(module, options);
}
`;
}

/** By code units: the same order everywhere. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
