// What bindings tell the compiler of the types of a program. None of it exists at run time; the
// defaults are what is known of a value without bindings.

/** A type of a program. */
export interface TypeShape {
  /** Futhark's name of the type. */
  readonly name: string;
  /** A value as plain data, as it is copied out. */
  readonly value: unknown;
  /** What a value is made of: plain data, with handles in it. */
  readonly input: unknown;
}

/** A record or tuple type. */
export interface RecordShape extends TypeShape {
  /** What `project` gives, by the field's name. */
  readonly fields: object;
}

/** A record of which nothing is known. */
export interface AnyRecord extends RecordShape {
  readonly value: Record<string, unknown> | unknown[];
  readonly fields: Record<string, unknown>;
}

/** A sum type. */
export interface SumShape extends TypeShape {
  /** What `destruct` gives, by the variant's name. */
  readonly variants: object;
}

/** A sum of which nothing is known. */
export interface AnySum extends SumShape {
  readonly value: { variant: string; payload: unknown[] };
  readonly variants: Record<string, unknown[]>;
}

/** The name of a variant. */
export type VariantName<T extends SumShape> = keyof T["variants"] & string;

/** An array of records, or of other values that are not scalars. */
export interface OpaqueArrayShape extends RecordShape {
  readonly rank: number;
  /** What `at` gives. */
  readonly element: unknown;
  /** What `set` takes; `never` where the compiler has no `set`. */
  readonly elementInput: unknown;
}

/** An array of which nothing is known. */
export interface AnyOpaqueArray extends OpaqueArrayShape {
  readonly value: unknown[];
  readonly fields: Record<string, unknown>;
}

/** A field's name; those of tuples as numbers too. */
export type FieldName<F> = (keyof F & (string | number)) | NumberOf<keyof F>;

type NumberOf<K> = K extends `${infer N extends number}` ? N : never;

/** What the field of that name is. */
export type FieldOf<F, K extends string | number> = F[(`${K}` | K) & keyof F];
