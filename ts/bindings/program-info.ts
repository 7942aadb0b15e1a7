import type { Elemtype } from "../elemtypes.ts";

/** A parameter of an entry point. `type` is Futhark's text with the sizes left out: `[][]f32`. */
export interface InputInfo {
  readonly name: string;
  readonly type: string;
  /** Written `*` in the program: the argument is consumed. */
  readonly unique: boolean;
}

/** A result of an entry point. */
export interface OutputInfo {
  readonly type: string;
  /** Written `*` in the program: the result shares memory with nothing. */
  readonly unique: boolean;
}

/** An entry point as the program's manifest has it. A tuple result is several outputs. */
export interface EntryPointInfo {
  readonly name: string;
  readonly inputs: readonly InputInfo[];
  readonly outputs: readonly OutputInfo[];
  readonly doc?: string;
  readonly attributes: readonly string[];
  readonly tuningParams: readonly string[];
}

export interface FieldInfo {
  readonly name: string;
  readonly type: string;
}

export interface VariantInfo {
  readonly name: string;
  readonly payload: readonly string[];
}

export interface ArrayTypeInfo {
  readonly kind: "array";
  readonly name: string;
  readonly elemtype: Elemtype;
  readonly rank: number;
}

export interface RecordTypeInfo {
  readonly kind: "record";
  readonly name: string;
  readonly fields: readonly FieldInfo[];
  /** Its fields are `0`, `1`, …: values are JS arrays. */
  readonly tuple: boolean;
  readonly canNew: boolean;
  readonly doc?: string;
}

export interface SumTypeInfo {
  readonly kind: "sum";
  readonly name: string;
  readonly variants: readonly VariantInfo[];
  readonly doc?: string;
}

export interface RecordArrayTypeInfo {
  readonly kind: "record_array";
  readonly name: string;
  readonly rank: number;
  readonly elemtype: string;
  readonly fields: readonly FieldInfo[];
  readonly canNew: boolean;
  readonly canSet: boolean;
  readonly canZip: boolean;
  readonly doc?: string;
}

export interface OpaqueArrayTypeInfo {
  readonly kind: "opaque_array";
  readonly name: string;
  readonly rank: number;
  readonly elemtype: string;
  readonly canNew: boolean;
  readonly canSet: boolean;
  readonly doc?: string;
}

/** A type that only the program itself can look into. */
export interface AbstractTypeInfo {
  readonly kind: "opaque";
  readonly name: string;
  readonly doc?: string;
}

export type OpaqueTypeInfo =
  | RecordTypeInfo
  | SumTypeInfo
  | RecordArrayTypeInfo
  | OpaqueArrayTypeInfo
  | AbstractTypeInfo;

/** Any type of a program but the scalars. */
export type TypeInfo = ArrayTypeInfo | OpaqueTypeInfo;

/** What an {@link OperationInfo} does. */
export type OperationKind =
  | "entry"
  | "new"
  | "project"
  | "zip"
  | "construct"
  | "destruct"
  | "variant"
  | "index"
  | "set";

/** One C function of the program that takes and gives typed values. */
export interface OperationInfo {
  readonly of: OperationKind;
  /** The entry's, field's or variant's name. */
  readonly name?: string | null;
  /** The type it belongs to; none for an entry. */
  readonly type?: string | null;
  readonly inputs: readonly InputInfo[];
  readonly outputs: readonly OutputInfo[];
}

export interface TuningParamInfo {
  readonly name: string;
  readonly class: string;
}

/** All that the worker tells of a program: the reply to HELLO. */
export interface ProgramInfo {
  readonly backend: string;
  readonly compilerVersion: string | null;
  readonly types: readonly TypeInfo[];
  readonly entryPoints: readonly EntryPointInfo[];
  readonly operations: readonly OperationInfo[];
  readonly tuningParams: readonly TuningParamInfo[];
}

/** What the worker replies to HELLO. */
export interface WorkerInfo extends ProgramInfo {
  /** It can map memory of this process. */
  readonly sharedMemory: boolean;
}
