import { readBinaryData } from "../data/binary.ts";
import type { Elemtype } from "../elemtypes.ts";
import { ArgumentError, isFutharkError } from "../errors.ts";
import type { EntryFunction } from "../module/entry.ts";
import type { FutharkModule } from "../module/module.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { copyNested } from "../nd-array/nested.ts";
import { FutharkArray } from "../values/array.ts";
import type { FutharkOpaque } from "../values/opaque.ts";

/** Calls an entry point, and copies its results out of Futhark. */
export async function resultsOf(
  fut: FutharkModule,
  entry: string,
  args: readonly unknown[],
): Promise<NdArray[]> {
  const { values, free } = await callEntry(fut, entry, args);
  try {
    return await Promise.all(values.map(({ value, type }, i) => copied(value, type, i)));
  } finally {
    free();
  }
}

/** The results of a call, still in Futhark. */
export interface Called {
  readonly values: readonly { readonly value: unknown; readonly type: string }[];
  free(): void;
}

/** Calls an entry point. */
export async function callEntry(
  fut: FutharkModule,
  entry: string,
  args: readonly unknown[],
): Promise<Called> {
  const outputs = fut.entryPoints.find(({ name }) => name === entry)?.outputs ?? [];
  const result: unknown = await (fut.entry[entry] as EntryFunction)(...args);
  const all = outputs.length === 1 ? [result] : (result as readonly unknown[]);
  const values = all.map((value, i) => ({ value, type: outputs[i]?.type ?? "" }));
  const free = () => {
    for (const { value } of values) {
      if (typeof value === "object" && value !== null) (value as FutharkOpaque).free();
    }
  };
  return { values, free };
}

// Sizes of the header and the checksum around the data of a stored value.
const HEAD_BYTES = 48;
const CHECKSUM_BYTES = 32;

/** Copies an array, a scalar or, as `futhark test` does, the first part of an opaque value. */
async function copied(value: unknown, type: string, index: number): Promise<NdArray> {
  if (typeof value !== "object" || value === null) {
    return copyNested(value, type as Elemtype, 0, `value #${index}`);
  }
  if (value instanceof FutharkArray) return await value.toNdArray();
  const stored = await (value as FutharkOpaque).store(); // all other handles are opaque
  const parts = readBinaryData(stored.subarray(HEAD_BYTES, -CHECKSUM_BYTES), `value #${index}`);
  if (parts.length === 1) return parts[0] as NdArray; // one
  throw new ArgumentError(`value #${index}: a value of type ${type} cannot be compared`);
}

/** Returns the error text of a failed call, which tests match by a pattern. */
export function errorText(error: unknown, entry: string): string | undefined {
  if (isFutharkError(error, "program-error")) {
    const message = error.message.replace(`${entry}: `, "");
    return error.backtrace === "" ? message : `${message}\n\nBacktrace:\n${error.backtrace}\n`;
  }
  if (isFutharkError(error, "out-of-memory")) return error.message.replace(`${entry}: `, "");
  const sizes =
    isFutharkError(error, "bad-argument") && /(entry point arguments .*)/.exec(error.message);
  return sizes ? `Error: ${sizes[1]}` : undefined;
}
