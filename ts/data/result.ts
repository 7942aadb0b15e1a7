import type { NdArray } from "../nd-array/nd-array.ts";

/** Columns by name. */
export type Columns = ReadonlyMap<string, NdArray>;

/**
 * A result: an array (rank 0 for a scalar), plain data of a record or sum, a table of apache-arrow,
 * the arrays in its fields, or a stored value.
 */
export type Result = { readonly type: string } & (
  | { readonly table: unknown }
  | { readonly columns: Columns }
  | { readonly array: NdArray }
  | { readonly plain: unknown }
  | { readonly bytes: Uint8Array }
);
