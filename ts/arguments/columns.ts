import { hasColumns } from "../arrow/arrow-objects.ts";
import { fromTable } from "../arrow/tables.ts";
import { located } from "../errors.ts";

/** Returns an Arrow Table or RecordBatch as an object of columns, other values unchanged. */
export function withColumns(value: unknown, where: string): unknown {
  return hasColumns(value) ? located(where, () => fromTable(value)) : value;
}
