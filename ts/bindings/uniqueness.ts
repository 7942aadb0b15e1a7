// Keep in sync with py/futhark_bridge/bindings/uniqueness.py; a test compares them.
import type { OutputInfo, TypeInfo } from "./program-info.ts";

/**
 * Returns the outputs of an entry point, marked unique only if they are so entirely: the compiler
 * marks a result if *some* array in it is unique, which is conclusive for a value with one array.
 */
export function certainlyUnique(
  outputs: readonly OutputInfo[],
  types: ReadonlyMap<string, TypeInfo>,
): OutputInfo[] {
  const known = new Map<string, number>();
  return outputs.map(({ type, unique }) => ({
    type,
    unique: unique && countArrays(type, types, known) <= 1,
  }));
}

/** Counts the arrays in a value of a type: 2 means several, or unknown. */
function countArrays(
  name: string,
  types: ReadonlyMap<string, TypeInfo>,
  known: Map<string, number>,
): number {
  const info = types.get(name);
  if (info === undefined) return 0; // a scalar
  if ("rank" in info) return 1;
  if (info.kind === "opaque") return 2;
  const found = known.get(name);
  if (found !== undefined) return found;
  const parts =
    info.kind === "sum"
      ? info.variants.flatMap(({ payload }) => payload)
      : info.fields.map(({ type }) => type);
  const count = parts.reduce((sum, part) => sum + countArrays(part, types, known), 0);
  known.set(name, Math.min(2, count));
  return Math.min(2, count);
}
