import type {
  EntryPointInfo,
  InputInfo,
  OperationInfo,
  OperationKind,
  OutputInfo,
  TypeInfo,
} from "../client/program-info.ts";

/**
 * The operations of a program in their fixed order: entry points, then what each type brings.
 * @param indexed Names of the types of which one element can be read: not all that have a rank.
 */
export function listOperations(
  entryPoints: readonly EntryPointInfo[],
  types: readonly TypeInfo[],
  indexed: ReadonlySet<string>,
): OperationInfo[] {
  const calls = entryPoints.map(
    ({ name, inputs, outputs }): OperationInfo => ({
      of: "entry",
      type: null,
      name,
      inputs,
      outputs: outputs.map(({ type, unique }) => ({
        type,
        unique: unique && arraysIn(type, types, new Map()) <= 1,
      })),
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

/**
 * Counts the arrays in a value of a type; many, where nobody can look into it. The compiler calls a
 * result unique of which some array is: that says all of a value with one array at most.
 */
function arraysIn(name: string, types: readonly TypeInfo[], known: Map<string, number>): number {
  const info = types.find((type) => type.name === name);
  if (info === undefined) return 0; // a scalar
  if ("rank" in info && info.rank > 0) return 1;
  if (info.kind !== "record" && info.kind !== "sum") return 2;
  const found = known.get(name);
  if (found !== undefined) return found;
  known.set(name, 2);
  const parts =
    info.kind === "record"
      ? info.fields.map(({ type }) => type)
      : info.variants.flatMap(({ payload }) => payload);
  const count = parts.reduce((sum, part) => sum + arraysIn(part, types, known), 0);
  known.set(name, Math.min(2, count));
  return Math.min(2, count);
}
