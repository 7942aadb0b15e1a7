// How generated TypeScript is laid out: lines of at most 100 columns where that can be.
import { inBlockComment, quoted } from "./escaped.ts";

const WIDTH = 100;

/** A property's name, quoted where it is no identifier. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** A comment for documentation. */
export function docComment(lines: readonly string[], indent = ""): string {
  const safe = lines.flatMap(inBlockComment);
  const [first = ""] = safe;
  if (safe.length === 1) return `${indent}/** ${first} */\n`;
  const body = safe.map((line) => (line === "" ? `${indent} *\n` : `${indent} * ${line}\n`));
  return `${indent}/**\n${body.join("")}${indent} */\n`;
}

/** A list in brackets on one line; when that would be too long, one item a line. */
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

/** The type of an object. */
export function objectType(members: readonly string[]): string {
  if (members.length === 0) return "Readonly<Record<never, never>>";
  const line = `{ ${members.join("; ")} }`;
  if (line.length <= WIDTH - 24) return line;
  return `{\n${members.map((member) => `    ${member};\n`).join("")}  }`;
}

/** A property of an interface. */
export function property(name: string, type: string, indent = "  "): string {
  return `${indent}readonly ${key(name)}: ${type};\n`;
}

/** An exported interface. */
export function interfaceOf(name: string, members: readonly string[]): string {
  if (members.length === 0) return `export type ${name} = Readonly<Record<never, never>>;\n`;
  return `export interface ${name} {\n${members.join("")}}\n`;
}

/** An exported union, one member a line. */
export function unionOf(name: string, members: readonly string[]): string {
  if (members.length === 0) return `export type ${name} = never;\n`;
  if (members.length === 1) return `export type ${name} = ${members[0]};\n`;
  return `export type ${name} =\n${members.map((member) => `  | ${member}`).join("\n")};\n`;
}
