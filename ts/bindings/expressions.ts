import { ELEMTYPES, type Elemtype, isElemtypeName } from "../elemtypes.ts";
import type { ProgramInfo, TypeInfo } from "./program-info.ts";
import { typeNames } from "./type-names.ts";

/** Suffixes of the names that are declared for each type. */
export const SUFFIXES = ["", "Input", "Handle", "Type", "Columns", "Payloads"] as const;

/** All names that a generated file may import. */
const IMPORTS = new Set([
  ...["AbstractType", "Arg", "ArrayArg", "ArrayType", "Blocking", "Entry", "FutharkArray"],
  ...[
    "FutharkModule",
    "FutharkPool",
    "FutharkOpaque",
    "FutharkOpaqueArray",
    "FutharkRecord",
    "FutharkSum",
  ],
  ...["NdArray", "OpaqueArrayType", "OpenOptions", "RecordArrayType", "RecordType", "RowOf"],
  ...["ScalarArg", "SumType", "VariantInput", "AttachedModule", "AttachOptions", "PoolOptions"],
]);

/** Other names that a generated file declares or uses. */
const RESERVED = new Set([
  ...[
    "Entries",
    "Types",
    "Module",
    "Options",
    "Pool",
    "Attached",
    "Promise",
    "Readonly",
    "Record",
    "URL",
  ],
]);

/** Generates TypeScript type expressions for the values of a program. */
export class Expressions {
  readonly types: ReadonlyMap<string, TypeInfo>;
  /** Names that the file must import from the package. */
  readonly imports: Set<string> = new Set();
  readonly #names: ReadonlyMap<string, string>;

  constructor({ types }: ProgramInfo) {
    this.types = new Map(types.map((type) => [type.name, type]));
    const used = new Set<string>();
    this.#names = typeNames(types, (name) => {
      const all = SUFFIXES.map((suffix) => name + suffix);
      const clash = all.some((one) => IMPORTS.has(one) || RESERVED.has(one) || used.has(one));
      if (!clash) for (const one of all) used.add(one);
      return clash;
    });
  }

  /** Records that the file imports `name`. */
  use(name: string): string {
    this.imports.add(name);
    return name;
  }

  /** Returns the declared name of a type that is neither a scalar nor an array of scalars. */
  name(type: string): string {
    return this.#names.get(type) as string; // readManifest has checked that it is described
  }

  /** Returns the type of a value when copied out as plain data. */
  value(type: string): string {
    if (isElemtypeName(type)) return ELEMTYPES[type].scalar;
    const info = this.#info(type);
    if (info.kind === "array") return `${this.use("NdArray")}<"${info.elemtype}">`;
    return info.kind === "opaque" ? this.handle(type) : this.name(type);
  }

  /** Returns the type of a value as the result of a call. */
  handle(type: string): string {
    if (isElemtypeName(type)) return ELEMTYPES[type].scalar;
    const info = this.#info(type);
    if (info.kind === "array") {
      return `${this.use("FutharkArray")}<"${info.elemtype}", ${info.rank}>`;
    }
    return `${this.name(type)}Handle`;
  }

  /** Returns the type of a part of an argument. */
  input(type: string): string {
    if (isElemtypeName(type)) return scalarInput(type);
    const info = this.#info(type);
    if (info.kind === "array") {
      return `${this.use("ArrayArg")}<"${info.elemtype}", ${info.rank}>`;
    }
    return `${this.use("Arg")}<${this.name(type)}Type>`;
  }

  /** Returns the type of an argument. */
  argument(type: string): string {
    return isElemtypeName(type) ? `${this.use("ScalarArg")}<"${type}">` : this.input(type);
  }

  #info(type: string): TypeInfo {
    return this.types.get(type) as TypeInfo; // readManifest has checked that it is described
  }
}

function scalarInput(type: Elemtype): string {
  const { kind } = ELEMTYPES[type];
  if (kind === "bool") return "boolean";
  return kind === "float" ? "number" : "number | bigint";
}
