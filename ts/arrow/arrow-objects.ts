import { ArgumentError } from "../errors.ts";

/** The fields of apache-arrow's DataType that are read, the same in every version. */
export interface ArrowType {
  readonly typeId: number;
  readonly bitWidth?: number;
  readonly isSigned?: boolean;
  readonly precision?: number;
  readonly listSize?: number;
  readonly children?: readonly ArrowField[] | null;
  /** For a dictionary: the type of its values. */
  readonly dictionary?: ArrowType;
}

/** The fields of Field that are read. */
export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  readonly metadata?: ReadonlyMap<string, string>;
}

/** The fields of Data that are read. The bits of a Bool start at `offset`, other values at 0. */
export interface ArrowData {
  readonly type: ArrowType;
  readonly length: number;
  readonly offset: number;
  readonly nullCount: number;
  /** A typed array for the supported types; may be absent if there are no elements. */
  readonly values?: unknown;
  readonly children: readonly ArrowData[];
  readonly dictionary?: ArrowVector;
  slice(offset: number, length: number): ArrowData;
}

/** The fields of Vector that are read. */
export interface ArrowVector {
  readonly type: ArrowType;
  readonly length: number;
  readonly data: readonly ArrowData[];
}

/** The fields of RecordBatch that are read. */
export interface ArrowBatch {
  readonly schema: { readonly fields: readonly ArrowField[] };
  readonly data: ArrowData;
}

/** The fields of Table that are read. */
export interface ArrowTable {
  readonly schema: { readonly fields: readonly ArrowField[] };
  readonly batches: readonly ArrowBatch[];
}

/** An apache-arrow object that holds elements. */
export type ArrowObject = ArrowVector | ArrowData | ArrowBatch | ArrowTable;

/** One column: its chunks, their type and, if there is a schema, its field. */
export interface ArrowColumn {
  readonly chunks: readonly ArrowData[];
  readonly type: ArrowType;
  readonly field: ArrowField | undefined;
}

/** Whether the value is an apache-arrow Vector, Data, RecordBatch or Table. */
export function isArrow(value: unknown): value is ArrowObject {
  return isVector(value) || isData(value) || isBatch(value) || isTable(value);
}

/** Whether the value is a RecordBatch or Table: columns by name. */
export function hasColumns(value: unknown): value is ArrowBatch | ArrowTable {
  return isBatch(value) || isTable(value);
}

/**
 * Returns the column with this name, or the only one.
 * @throws {ArgumentError} No such column, or several columns and no name.
 */
export function columnOf(value: ArrowObject, name?: string): ArrowColumn {
  if (isVector(value)) return { chunks: value.data, type: value.type, field: undefined };
  if (isData(value)) return { chunks: [value], type: value.type, field: undefined };
  const { fields } = value.schema;
  const names = fields.map((field) => field.name);
  const index = name === undefined && fields.length === 1 ? 0 : names.indexOf(name ?? "");
  const field = fields[index];
  if (field === undefined) {
    const wanted = name === undefined ? "the name of a column" : `a column "${name}"`;
    throw new ArgumentError(`expected ${wanted}, got columns ${JSON.stringify(names)}`);
  }
  const batches = isTable(value) ? value.batches : [value];
  const chunks = batches.flatMap((batch) => batch.data.children[index] ?? []);
  return { chunks, type: field.type, field };
}

function isData(value: unknown): value is ArrowData {
  return hasType(value) && "nullCount" in value && "children" in value;
}

function isVector(value: unknown): value is ArrowVector {
  return hasType(value) && "data" in value && Array.isArray(value.data) && value.data.every(isData);
}

function isBatch(value: unknown): value is ArrowBatch {
  return hasSchema(value) && "data" in value && isData(value.data);
}

/** Whether the value is a Table. */
export function isTable(value: unknown): value is ArrowTable {
  return hasSchema(value) && "batches" in value && Array.isArray(value.batches);
}

function hasType(value: unknown): value is { readonly type: ArrowType } {
  const type = isObject(value) && "type" in value ? value.type : undefined;
  return isObject(type) && "typeId" in type && typeof type.typeId === "number";
}

function hasSchema(value: unknown): value is ArrowBatch | ArrowTable {
  const schema = isObject(value) && "schema" in value ? value.schema : undefined;
  return isObject(schema) && "fields" in schema && Array.isArray(schema.fields);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
