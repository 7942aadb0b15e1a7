// Compile-time descriptions of a program's types, provided by bindings. None of them exist at run
// time; the defaults describe values without bindings.

/** A type of a program. */
export interface TypeShape {
  /** Futhark's name for the type. */
  readonly name: string;
  /** The plain data that a value is copied out to. */
  readonly value: unknown;
  /** The data that a value is made from: plain data that may contain handles. */
  readonly input: unknown;
}

/** A record or tuple type. */
export interface RecordShape extends TypeShape {
  /** Results of `project`, by field name. */
  readonly fields: object;
}

/** A record without bindings. */
export interface AnyRecord extends RecordShape {
  readonly value: Record<string, unknown> | unknown[];
  readonly fields: Record<string, unknown>;
}

/** A sum type. */
export interface SumShape extends TypeShape {
  /** Results of `destruct`, by variant name. */
  readonly variants: object;
}

/** A sum without bindings. */
export interface AnySum extends SumShape {
  readonly value: { variant: string; payload: unknown[] };
  readonly variants: Record<string, unknown[]>;
}

/** The names of the variants of a sum. */
export type VariantName<T extends SumShape> = keyof T["variants"] & string;

/** An array of records, or of other non-scalar values. */
export interface OpaqueArrayShape extends RecordShape {
  readonly rank: number;
  /** The result of `at`. */
  readonly element: unknown;
  /** The value that `set` accepts; `never` if the compiler generates no `set`. */
  readonly elementInput: unknown;
}

/** An array without bindings. */
export interface AnyOpaqueArray extends OpaqueArrayShape {
  readonly value: unknown[];
  readonly fields: Record<string, unknown>;
}

/** The names of fields; for tuples also as numbers. */
export type FieldName<F> = (keyof F & (string | number)) | NumberOf<keyof F>;

type NumberOf<K> = K extends `${infer N extends number}` ? N : never;

/** The type of a field by its name. */
export type FieldOf<F, K extends string | number> = F[(`${K}` | K) & keyof F];
