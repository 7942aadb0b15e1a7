import { createHash } from "node:crypto";
import type { TypeInfo } from "./program-info.ts";

const LONGEST = 48;

/**
 * Returns a readable identifier for each type of a program: `Place` for `place`, `PlaceArray` for
 * `[]place`, `TupleI32F64Array` for `(i32, []f64)`. Unnamed types are named by structure, so that
 * the names do not depend on how a compiler prints them.
 * @param taken Returns whether a name clashes with another declaration.
 * @param ofArrays Whether arrays of scalars get names too.
 */
export function typeNames(
  types: readonly TypeInfo[],
  taken: (name: string) => boolean,
  ofArrays = false,
): Map<string, string> {
  const byName = new Map(types.map((type) => [type.name, type]));
  const readableName = namer(byName);
  const names = new Map<string, string>();
  const declared = types.filter(({ kind }) => ofArrays || kind !== "array").map(({ name }) => name);
  for (const type of declared.sort()) {
    let name = shortened(readableName(type));
    while (taken(name)) name += "T";
    names.set(type, name);
  }
  return names;
}

function shortened(name: string): string {
  if (name.length <= LONGEST) return name;
  const digest = createHash("sha256").update(name).digest("hex");
  return `${name.slice(0, LONGEST - 8)}${digest.slice(0, 8)}`;
}

/** Names types by structure; memoized, because types share their parts. */
function namer(types: ReadonlyMap<string, TypeInfo>): (type: string) => string {
  const known = new Map<string, string>();
  const named = (type: string): string => {
    const name = known.get(type) ?? readableName(type, types.get(type), named);
    known.set(type, name);
    return name;
  };
  return named;
}

function readableName(
  type: string,
  info: TypeInfo | undefined,
  named: (part: string) => string,
): string {
  if (info === undefined) return words(type);
  if ("rank" in info) return `${named(info.elemtype)}Array${info.rank === 1 ? "" : info.rank}`;
  if (type === "()") return "Unit";
  if (info.kind === "record" && /^[({]/.test(type)) {
    const parts = info.fields.map(
      (field) => words(info.tuple ? "" : field.name) + named(field.type),
    );
    return `${info.tuple ? "Tuple" : "Record"}${parts.join("")}`;
  }
  if (info.kind === "sum" && /[:#|]/.test(type)) {
    const parts = info.variants.map(
      ({ name, payload }) => words(name) + payload.map(named).join(""),
    );
    return `Sum${parts.join("")}`;
  }
  const name = words(type);
  return /^[A-Z]/.test(name) ? name : `Type${name}`;
}

/** Converts text to words in PascalCase: `m.state_t'` becomes `MStateTPrime`. */
export function words(text: string): string {
  return text
    .replaceAll("'", " prime ")
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
