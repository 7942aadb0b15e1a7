// Keep in sync with py/futhark_bridge/bindings/manifest_types.py; a test compares them.

import { isElemtypeName } from "../elemtypes.ts";
import type { TypeInfo } from "./program-info.ts";

// Types share their parts, so a short manifest can describe an arbitrarily large type.
const MAX_PARTS = 10_000;
const MAX_DEPTH = 100;

/** Returns the first inconsistency among the types of a manifest, or `undefined`. */
export function typeFault(types: readonly TypeInfo[]): string | undefined {
  for (const type of types) {
    if (isElemtypeName(type.name)) return `the scalar type ${type.name} is redefined`;
    if (type.kind === "sum" && type.variants.length === 0)
      return `sum ${type.name} has no variants`;
    const twice = duplicate(partNames(type));
    if (twice !== undefined) return `type ${type.name} has two parts named ${twice}`;
  }
  const known = new Set(types.map(({ name }) => name));
  // Also of types that no function takes apart: declarations name the parts.
  const missing = types.flatMap(parts).find((part) => !isElemtypeName(part) && !known.has(part));
  if (missing !== undefined) return `type ${missing} is not described`;
  return nestingFault(types);
}

function partNames(type: TypeInfo): readonly string[] {
  if (type.kind === "sum") return type.variants.map(({ name }) => name);
  return "fields" in type ? type.fields.map(({ name }) => name) : [];
}

function duplicate(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

/** Returns the types that a value consists of; the fields of an array are views of its elements. */
function parts(type: TypeInfo): readonly string[] {
  const element = "elemtype" in type ? [type.elemtype] : [];
  if (type.kind === "sum") return type.variants.flatMap(({ payload }) => payload);
  return "fields" in type ? [...element, ...type.fields.map((field) => field.type)] : element;
}

/** Visits types in topological order, parts before the types that contain them. */
function nestingFault(types: readonly TypeInfo[]): string | undefined {
  const byName = new Map(types.map((type) => [type.name, type]));
  const users = new Map<string, string[]>();
  const waitsFor = new Map<string, number>();
  for (const type of types) {
    const own = new Set(parts(type).filter((part) => byName.has(part)));
    waitsFor.set(type.name, own.size);
    for (const part of own) {
      const list = users.get(part);
      if (list === undefined) users.set(part, [type.name]);
      else list.push(type.name);
    }
  }
  const sizes = new Map<string, Size>();
  const ready = types.filter(({ name }) => waitsFor.get(name) === 0).map(({ name }) => name);
  for (const name of ready) {
    const size = sizeOf(parts(byName.get(name) as TypeInfo), sizes); // listed in `types`
    if (size.parts > MAX_PARTS || size.depth > MAX_DEPTH) {
      return `type ${name} has more than ${MAX_PARTS} parts, or is nested more than ${MAX_DEPTH} deep`;
    }
    sizes.set(name, size);
    for (const user of users.get(name) ?? []) {
      const left = (waitsFor.get(user) ?? 0) - 1;
      waitsFor.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  return ready.length === types.length ? undefined : "a type contains itself";
}

/** The size of the type of a value. */
interface Size {
  readonly parts: number;
  readonly depth: number;
}

function sizeOf(own: readonly string[], sizes: ReadonlyMap<string, Size>): Size {
  let [count, depth] = [1, 0];
  for (const part of own) {
    const size = sizes.get(part) ?? { parts: 1, depth: 0 };
    count += size.parts;
    depth = Math.max(depth, size.depth);
  }
  return { parts: count, depth: depth + 1 };
}
