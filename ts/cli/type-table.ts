import type { TypeInfo } from "../bindings/program-info.ts";
import type { TypeTable } from "../data/argument.ts";
import type { FutharkType } from "../module/futhark-type.ts";
import type { FutharkModule } from "../module/module.ts";

/** Returns the types of a module, for converting arguments. */
export function typeTable(fut: FutharkModule): TypeTable {
  const types = fut.types as Readonly<Record<string, FutharkType>>;
  return {
    get: (type): TypeInfo | undefined =>
      Object.hasOwn(types, type) ? types[type]?.info : undefined,
    restore: (type, bytes) => types[type]?.restore(bytes),
  };
}
