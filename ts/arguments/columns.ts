import { hasColumns } from "../arrow/arrow-objects.ts";
import { fromTable } from "../arrow/tables.ts";
import { located } from "../errors.ts";

/** A Table or RecordBatch of apache-arrow as its columns by name; any other value as it is. */
export function withColumns(value: unknown, where: string): unknown {
  return hasColumns(value) ? located(where, () => fromTable(value)) : value;
}
