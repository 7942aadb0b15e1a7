// Keep in sync with py/futhark_bridge/bindings/manifest.py; a test compares them.

import { MAX_RANK } from "../arrow/codec.ts";
import { ELEMTYPES, type Elemtype, isElemtypeName } from "../elemtypes.ts";
import { BuildError } from "../errors.ts";
import { typeFault } from "./manifest-types.ts";
import { listOperations } from "./operations.ts";
import type {
  EntryPointInfo,
  FieldInfo,
  OutputInfo,
  ProgramInfo,
  TypeInfo,
} from "./program-info.ts";

/** A JSON object whose members are validated when they are read. */
type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest that the compiler writes beside a library, after parsing as JSON. Accepts
 * `outputs` (a list, up to 0.26.0) and `output` (one value, possibly a tuple); the result has a
 * list of outputs in both cases. Unknown keys are ignored.
 * @throws {BuildError} If it is not a manifest, or uses a type that it does not describe.
 */
export function readManifest(manifest: unknown): ProgramInfo {
  try {
    return read(object(manifest, "manifest"));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new BuildError(`not a Futhark manifest: ${error.message}`, { cause: error });
  }
}

/** Returns the number that starts a version, up to a space or non-ASCII character. */
export function versionNumber(text: string): string | null {
  const first = /^[ \t\r\n]*([!-~]{0,64})/.exec(text)?.[1] ?? "";
  return first.replace(/\.+$/, "") || null;
}

class ShapeError extends Error {}

function read(manifest: Json): ProgramInfo {
  const types = entries(manifest, "types").map(([name, type]) => readType(name, type));
  const fault = typeFault(types);
  if (fault !== undefined) throw new ShapeError(fault);
  const entryPoints = entries(manifest, "entry_points").map(([name, entry]) =>
    readEntry(name, entry, types),
  );
  const operations = listOperations(entryPoints, types, indexedTypes(manifest));
  const known = new Set([...types.map(({ name }) => name), ...Object.keys(ELEMTYPES)]);
  for (const { inputs, outputs } of operations) {
    const missing = [...inputs, ...outputs].find(({ type }) => !known.has(type));
    if (missing !== undefined) throw new ShapeError(`type ${missing.type} is not described`);
  }
  return {
    backend: text(manifest, "backend"),
    compilerVersion: manifest.version == null ? null : versionNumber(text(manifest, "version")),
    types,
    entryPoints,
    operations,
    tuningParams: [],
  };
}

/** Returns the types that can be indexed; none with compilers before 0.25.19. */
function indexedTypes(manifest: Json): Set<string> {
  const indexed = entries(manifest, "types").filter(([, type]) => {
    const array = type.record_array ?? type.opaque_array ?? {};
    return has(object(type.ops ?? {}, "ops"), "index") || has(object(array, "array"), "index");
  });
  return new Set(indexed.map(([name]) => name));
}

function readEntry(name: string, entry: Json, types: readonly TypeInfo[]): EntryPointInfo {
  const inputs = list(entry, "inputs").map((input) => ({
    name: text(input, "name"),
    type: text(input, "type"),
    unique: unique(input),
  }));
  return {
    name,
    inputs,
    outputs: readOutputs(entry, types),
    attributes: strings(entry, "attributes"),
    tuningParams: strings(entry, "tuning_params"),
    ...doc(entry),
  };
}

/**
 * Returns the parts of a tuple as separate outputs. A tuple is called unique if some part is, which
 * is conclusive only for a tuple with a single non-scalar part.
 */
function readOutputs(entry: Json, types: readonly TypeInfo[]): OutputInfo[] {
  const outputs =
    entry.output === undefined
      ? list(entry, "outputs").map(readOutput)
      : [readOutput(object(entry.output, "output"))];
  // Up to 0.26.0, several outputs are the parts of a tuple, but `*(a, b)` is a single output.
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) return outputs;
  const type = types.find(({ name }) => name === output.type);
  if (!output.type.startsWith("(") || type?.kind !== "record" || !type.tuple) return [output];
  const alone = type.fields.filter((field) => !isElemtypeName(field.type)).length === 1;
  return type.fields.map((field) => ({ type: field.type, unique: output.unique && alone }));
}

function readOutput(output: Json): OutputInfo {
  return { type: text(output, "type"), unique: unique(output) };
}

function readType(name: string, type: Json): TypeInfo {
  if (type.kind === "array") {
    const elemtype = text(type, "elemtype");
    if (!isElemtypeName(elemtype)) throw new ShapeError(`unknown elemtype ${elemtype}`);
    return { kind: "array", name, elemtype: elemtype as Elemtype, rank: rank(type) };
  }
  if (type.record != null || name === "()") {
    // Compilers before 0.25.35 list the unit type without its (empty) record.
    const fields = type.record == null ? [] : readFields(object(type.record, "record"));
    const tuple = fields.every((field, i) => field.name === String(i));
    return { kind: "record", name, fields, tuple, canNew: true, ...doc(type) };
  }
  if (type.sum != null) {
    const variants = list(object(type.sum, "sum"), "variants").map((variant) => ({
      name: text(variant, "name"),
      payload: strings(variant, "payload"),
    }));
    return { kind: "sum", name, variants, ...doc(type) };
  }
  const kind = type.record_array == null ? "opaque_array" : "record_array";
  if (type[kind] == null) return { kind: "opaque", name, ...doc(type) };
  const array = object(type[kind], kind);
  const common = {
    name,
    rank: rank(array),
    elemtype: text(array, "elemtype"),
    canNew: has(array, "new"),
    canSet: has(array, "set"),
  };
  if (kind === "opaque_array") return { kind, ...common, ...doc(type) };
  return { kind, ...common, fields: readFields(array), canZip: has(array, "zip"), ...doc(type) };
}

function readFields(record: Json): FieldInfo[] {
  return list(record, "fields").map((field) => ({
    name: text(field, "name"),
    type: text(field, "type"),
  }));
}

/** Returns whether the manifest names a function for the role. */
function has(entry: Json, role: string): boolean {
  return entry[role] != null && text(entry, role) !== "";
}

function doc(entry: Json): { doc: string } | object {
  return typeof entry.doc === "string" ? { doc: entry.doc } : {};
}

function rank(entry: Json): number {
  const value = entry.rank;
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MAX_RANK) {
    throw new ShapeError(`expected a rank from 1 to ${MAX_RANK}, got ${JSON.stringify(value)}`);
  }
  return value as number;
}

function unique(entry: Json): boolean {
  const value = entry.unique ?? false;
  if (typeof value !== "boolean") throw new ShapeError("unique is not a boolean");
  return value;
}

function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new ShapeError(`${what} is not an object`);
}

function entries(parent: Json, key: string): [string, Json][] {
  const found = Object.entries(object(parent[key], key));
  return found.map(([name, value]) => [name, object(value, `${key} ${name}`)]);
}

function list(parent: Json, key: string): Json[] {
  const value = parent[key] ?? (key === "fields" ? [] : undefined);
  if (!Array.isArray(value)) throw new ShapeError(`${key} is not a list`);
  return value.map((item) => object(item, key));
}

/** Returns a list of strings; it may be absent, as older compilers lack some lists. */
function strings(parent: Json, key: string): string[] {
  const value = parent[key] ?? [];
  if (!Array.isArray(value)) throw new ShapeError(`${key} is not a list`);
  if (!value.every((item) => typeof item === "string"))
    throw new ShapeError(`${key} is not a list of strings`);
  return value;
}

function text(parent: Json, key: string): string {
  const value = parent[key];
  if (typeof value !== "string") throw new ShapeError(`${key} is not a string`);
  return value;
}
