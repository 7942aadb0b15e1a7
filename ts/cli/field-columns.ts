import type { TypeInfo } from "../bindings/program-info.ts";
import { noColumn } from "../data/columns.ts";
import type { Columns } from "../data/result.ts";
import { isElemtypeName } from "../elemtypes.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { copyNested } from "../nd-array/nested.ts";
import { FutharkArray } from "../values/array.ts";
import type { Handle } from "../values/handle.ts";

/**
 * Copies the fields of a record, or of an array of records, out of Futhark.
 * @throws {ArgumentError} It is neither, or a field is no scalar or array.
 */
export async function fieldColumns(handle: Handle, info: TypeInfo | undefined): Promise<Columns> {
  if (info?.kind !== "record" && info?.kind !== "record_array") throw noColumn(handle.type);
  const columns = new Map<string, NdArray>();
  for (const { name, type } of info.fields) {
    const part = await (handle as unknown as Projectable).project(name);
    if (part instanceof FutharkArray) columns.set(name, await part.toNdArray());
    else if (isElemtypeName(type)) columns.set(name, copyNested(part, type, 0, name));
    else throw noColumn(handle.type);
  }
  return columns;
}

/** Records and arrays of records. */
interface Projectable {
  project(name: string): Promise<unknown>;
}
