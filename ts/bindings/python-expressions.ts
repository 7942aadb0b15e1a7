import { ELEMTYPES, type Elemtype, isElemtypeName } from "../elemtypes.ts";
import type { ProgramInfo, TypeInfo } from "./program-info.ts";
import { typeNames } from "./type-names.ts";

const SUFFIXES = ["", "Arg", "Dict", "Input", "Columns"] as const;

/** Names that a stub declares or imports. */
const RESERVED = new Set([
  ...["Any", "Callable", "Entries", "FutharkArray", "FutharkModule", "FutharkOpaque"],
  ...["FutharkOpaqueArray", "FutharkRecord", "FutharkSum", "Literal", "Module", "NDArray"],
  ...["None", "True", "False", "Sequence", "TypeAlias", "TypedDict", "VariantValue"],
]);

/** Generates Python type expressions for the values of a program. */
export class PythonExpressions {
  readonly types: ReadonlyMap<string, TypeInfo>;
  readonly #names: ReadonlyMap<string, string>;

  constructor({ types }: ProgramInfo) {
    this.types = new Map(types.map((type) => [type.name, type]));
    const used = new Set<string>();
    const taken = (name: string): boolean => {
      const all = SUFFIXES.map((suffix) => name + suffix);
      if (all.some((one) => RESERVED.has(one) || used.has(one))) return true;
      for (const one of all) used.add(one);
      return false;
    };
    this.#names = typeNames(types, taken, true);
  }

  /** Returns the name of the handle class of a type. */
  name(type: string): string {
    return this.#names.get(type) as string; // readManifest has checked that it is described
  }

  /** Returns the type of a value as the result of a call. */
  handle(type: string): string {
    return isElemtypeName(type) ? scalar(type) : this.name(type);
  }

  /** Returns the type of an argument. */
  argument(type: string): string {
    return isElemtypeName(type) ? scalar(type) : `${this.name(type)}Arg`;
  }

  /** Returns the type of a value when copied out as plain data. */
  value(type: string): string {
    if (isElemtypeName(type)) return scalar(type);
    const info = this.types.get(type) as TypeInfo; // readManifest has checked this
    if (info.kind === "array") return ndarray(info.elemtype);
    if (info.kind === "record_array" || info.kind === "opaque_array") {
      return "list[".repeat(info.rank) + this.value(info.elemtype) + "]".repeat(info.rank);
    }
    return info.kind === "opaque" ? this.name(type) : `${this.name(type)}Dict`;
  }
}

/** Returns the NumPy type of an array. */
export function ndarray(elemtype: Elemtype): string {
  const { dtype } = ELEMTYPES[elemtype];
  return `NDArray[np.${dtype === "bool" ? "bool_" : dtype}]`;
}

/** Returns the Python type of an element. */
export function scalar(elemtype: Elemtype): string {
  const { kind } = ELEMTYPES[elemtype];
  if (kind === "bool") return "bool";
  return kind === "float" ? "float" : "int";
}
