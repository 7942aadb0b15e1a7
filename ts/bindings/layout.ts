// Formats generated TypeScript, with lines of at most 100 columns where possible.
import { inBlockComment, quoted } from "./escaped.ts";

const WIDTH = 100;

/** Returns the name of a property, quoted unless it is an identifier. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** Formats a documentation comment. */
export function docComment(lines: readonly string[], indent = ""): string {
  const safe = lines.flatMap(inBlockComment);
  const [first = ""] = safe;
  if (safe.length === 1) return `${indent}/** ${first} */\n`;
  const body = safe.map((line) => (line === "" ? `${indent} *\n` : `${indent} * ${line}\n`));
  return `${indent}/**\n${body.join("")}${indent} */\n`;
}

/** Formats a bracketed list on one line, or with one item per line if that is too long. */
export function wrapped(
  before: string,
  open: string,
  items: readonly string[],
  close: string,
  after: string,
): string {
  const line = `${before}${open}${items.join(", ")}${close}${after}`;
  if (line.trimEnd().length <= WIDTH || items.length === 0) return line;
  const indent = /^ */.exec(before)?.[0] ?? "";
  const lines = items.map((item) => `${indent}  ${item},\n`);
  return `${before}${open}\n${lines.join("")}${indent}${close}${after}`;
}

/** Formats the type of an object. */
export function objectType(members: readonly string[]): string {
  if (members.length === 0) return "Readonly<Record<never, never>>";
  const line = `{ ${members.join("; ")} }`;
  if (line.length <= WIDTH - 24) return line;
  return `{\n${members.map((member) => `    ${member};\n`).join("")}  }`;
}

/** Formats a property of an interface. */
export function property(name: string, type: string, indent = "  "): string {
  return `${indent}readonly ${key(name)}: ${type};\n`;
}

/** Formats an exported interface. */
export function interfaceOf(name: string, members: readonly string[]): string {
  if (members.length === 0) return `export type ${name} = Readonly<Record<never, never>>;\n`;
  return `export interface ${name} {\n${members.join("")}}\n`;
}

/** Formats an exported union, with one member per line. */
export function unionOf(name: string, members: readonly string[]): string {
  if (members.length === 0) return `export type ${name} = never;\n`;
  if (members.length === 1) return `export type ${name} = ${members[0]};\n`;
  return `export type ${name} =\n${members.map((member) => `  | ${member}`).join("\n")};\n`;
}
