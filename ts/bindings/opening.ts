// Generates the functions by which bindings open their program.
import { quoted } from "./escaped.ts";
import type { Expressions } from "./expressions.ts";
import type { ProgramPlace } from "./module-path.ts";

/** Names that the code of bindings imports. */
export const VALUES: readonly string[] = [
  ...["attach as attachModule", "locateProgram", "open as openModule"],
  ...["openPool as openModulePool", "openSync as openModuleSync"],
];

const PLACE = "Returns the path of the program, also if this file was compiled to another folder.";

/** The functions of bindings, with their parameters and results as types and as code. */
const FUNCTIONS = [
  {
    doc: "Loads the program in a worker of its own.",
    head: "async function open",
    parameters: "{ module = program(), ...options }",
    type: "options?: Options",
    result: "Promise<Module>",
    returns: "openModule(module, options)",
  },
  {
    doc: "Loads the program for blocking calls.",
    head: "function openSync",
    parameters: "{ module = program(), ...options }",
    type: "options?: Options",
    result: "Blocking<Module>",
    returns: "openModuleSync(module, options)",
  },
  {
    doc: "Loads the program in several workers.",
    head: "async function openPool",
    parameters: "{ module = program(), ...options }",
    type: "options?: Options & PoolOptions",
    result: "Promise<Pool>",
    returns: "openModulePool(module, options)",
  },
  {
    doc: "Attaches to the program in a process that shares it.",
    head: "async function attach",
    parameters: "path, options",
    type: "path: string | URL, options?: AttachOptions",
    result: "Promise<Attached>",
    returns: "attachModule(path, options)",
  },
] as const;

/** Returns the declarations of the types that the functions use. */
export function openingTypes(write: Expressions): string {
  const used = ["Blocking", "FutharkModule", "FutharkPool", "OpenOptions", "PoolOptions"];
  for (const name of [...used, "AttachedModule", "AttachOptions"]) write.use(name);
  return `/** The opened program. */
export type Module = FutharkModule<Entries, Types>;

/** The program in a pool of workers. */
export type Pool = FutharkPool<Entries, Types>;

/** The program in another process that shares it. */
export type Attached = AttachedModule<Entries, Types>;

/** Options for opening the program. */
export interface Options extends OpenOptions {
  /** Path of the program's module; default is the one these bindings were generated from. */
  readonly module?: string | URL;
}
`;
}

/** Deviations from the default way of opening a program. */
export interface OpeningOptions {
  /** Module specifier of the package; default `futhark-bridge`. */
  readonly from?: string;
  /** Expression for the location of the code; default that of the module format. */
  readonly own?: string;
  /** Default options of `open`, `openSync` and `openPool`: `{ backend: "c" }`. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/** Generates the functions, in TypeScript, as an ES module, or in CommonJS. */
export function openingCode(
  place: ProgramPlace,
  format: "ts" | "js" | "cjs",
  options: OpeningOptions = {},
): string {
  const typed = format === "ts";
  const cjs = format === "cjs";
  const { own = cjs ? "__filename" : "import.meta.url", from = "futhark-bridge" } = options;
  const places = [place.beside, place.inProject].filter((path) => path !== undefined);
  const program = `
/** ${PLACE} */
function program()${typed ? ": string" : ""} {
  return locateProgram(${[own, ...places.map(quoted)].join(", ")});
}
`;
  const given = Object.entries(options.defaults ?? {}).map(
    ([name, value]) => `${name}: ${quoted(value)}, `,
  );
  const opened = given.length === 0 ? "options" : `{ ${given.join("")}...options }`;
  const functions = FUNCTIONS.map(({ doc, head, parameters, type, result, returns }) => {
    const opens = parameters.startsWith("{");
    const plain = opens ? `${parameters} = {}` : parameters;
    const full = opens ? `${parameters}: ${type.replace("options?: ", "")} = {}` : type;
    const signature = typed ? `(${full}): ${result}` : `(${plain})`;
    const name = head.split(" ").at(-1);
    const exported = cjs ? "" : "export ";
    const after = cjs ? `exports.${name} = ${name};\n` : "";
    const call = opens ? returns.replace("options", opened) : returns;
    return `\n/** ${doc} */\n${exported}${head}${signature} {\n  return ${call};\n}\n${after}`;
  });
  const code = program + functions.join("");
  if (typed) return code;
  if (!cjs)
    return `import {\n${VALUES.map((name) => `  ${name},\n`).join("")}} from ${quoted(from)};\n${code}`;
  const names = VALUES.map((name) => `  ${name.replace(" as ", ": ")},\n`).join("");
  return `"use strict";\n\nconst {\n${names}} = require(${quoted(from)});\n${code}`;
}

/** Generates the declarations of the functions. */
export function openingDeclarations(): string {
  return FUNCTIONS.map(({ doc, head, type, result }) => {
    const name = head.split(" ").at(-1);
    return `\n/** ${doc} */\nexport declare function ${name}(${type}): ${result};\n`;
  }).join("");
}

const NAMES = FUNCTIONS.map(({ head }) => head.split(" ").at(-1)).join(", ");

/** Generates the default export of an imported program: an object of its functions. */
export function defaultExport(format: "js" | "cjs"): string {
  if (format === "js") return `\nexport default { ${NAMES} };\n`;
  const marked = 'Object.defineProperty(exports, "__esModule", { value: true });\n';
  return `\nexports.default = { ${NAMES} };\n${marked}`;
}

/** Generates the declaration of the default export. */
export function defaultDeclaration(): string {
  const members = FUNCTIONS.map(({ head }) => {
    const name = head.split(" ").at(-1);
    return `  readonly ${name}: typeof ${name};\n`;
  });
  return `\ndeclare const program: {\n${members.join("")}};\nexport default program;\n`;
}
