import type {
  EntryPointInfo,
  InputInfo,
  OperationInfo,
  OperationKind,
  OutputInfo,
  TypeInfo,
} from "./program-info.ts";
import { certainlyUnique } from "./uniqueness.ts";

/**
 * Lists the operations of a program in a fixed order: entry points, then those of each type.
 * @param indexed Names of the types with an index function, which not all arrays have.
 */
export function listOperations(
  entryPoints: readonly EntryPointInfo[],
  types: readonly TypeInfo[],
  indexed: ReadonlySet<string>,
): OperationInfo[] {
  const byName = new Map(types.map((type) => [type.name, type]));
  const calls = entryPoints.map(
    ({ name, inputs, outputs }): OperationInfo => ({
      of: "entry",
      type: null,
      name,
      inputs,
      outputs: certainlyUnique(outputs, byName),
    }),
  );
  return [...calls, ...types.flatMap((type) => typeOperations(type, indexed.has(type.name)))];
}

function typeOperations(info: TypeInfo, isIndexed: boolean): OperationInfo[] {
  const whole = input("rank" in info ? "array" : "value", info.name);
  const itself = [output(info.name)];
  const made: OperationInfo[] = [];
  const add = (
    of: OperationKind,
    name: string | null,
    inputs: readonly InputInfo[],
    outputs: readonly OutputInfo[],
  ): void => {
    made.push({ of, type: info.name, name, inputs, outputs });
  };
  const fields = "fields" in info ? info.fields : [];
  const fieldInputs = fields.map(({ name, type }) => input(name, type));
  if (info.kind === "record") add("new", null, fieldInputs, itself);
  for (const { name, type } of fields) add("project", name, [whole], [output(type)]);
  if (info.kind === "record_array" && info.canZip) add("zip", null, fieldInputs, itself);
  if (info.kind === "sum") {
    for (const { name, payload } of info.variants) {
      const parts = payload.map((type, i) => input(`v${i}`, type));
      add("construct", name, parts, itself);
      add("destruct", name, [whole], payload.map(output));
    }
    add("variant", null, [whole], [output("i32")]);
  }
  if (!("rank" in info)) return made;
  const indices = Array.from({ length: info.rank }, (_, i) => input(`i${i}`, "i64"));
  if (isIndexed) add("index", null, [whole, ...indices], [output(info.elemtype)]);
  if (info.kind !== "array" && info.canSet) {
    const target = { ...whole, unique: true };
    add("set", null, [target, input("element", info.elemtype), ...indices], []);
  }
  return made;
}

function input(name: string, type: string): InputInfo {
  return { name, type, unique: false };
}

function output(type: string): OutputInfo {
  return { type, unique: false };
}
