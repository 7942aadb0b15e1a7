import type { ModuleBackend } from "../backends.ts";
import type { Elemtype } from "../elemtypes.ts";

/** A parameter of an entry point. `type` is Futhark's name, without sizes: `[][]f32`. */
export interface InputInfo {
  readonly name: string;
  readonly type: string;
  /** Marked `*` in the program: the argument is consumed. */
  readonly unique: boolean;
}

/** A result of an entry point. */
export interface OutputInfo {
  readonly type: string;
  /** Marked `*` in the program: the result aliases no other value. */
  readonly unique: boolean;
}

/** An entry point as described by the manifest. The parts of a tuple are separate outputs. */
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
  /** Whether the fields are `0`, `1`, … and values are JS arrays. */
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

/** An abstract type, which is opaque outside the program. */
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

/** Any type of a program except scalars. */
export type TypeInfo = ArrayTypeInfo | OpaqueTypeInfo;

/** The kinds of an {@link OperationInfo}. */
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

/** A C function of the program that takes and returns typed values. */
export interface OperationInfo {
  readonly of: OperationKind;
  /** Name of the entry point, field or variant. */
  readonly name?: string | null;
  /** Name of the type that it belongs to; absent for an entry point. */
  readonly type?: string | null;
  readonly inputs: readonly InputInfo[];
  readonly outputs: readonly OutputInfo[];
}

/** A tuning parameter of a program, and its class. */
export interface TuningParamInfo {
  readonly name: string;
  readonly class: string;
}

/** The description of a program. */
export interface ProgramInfo {
  readonly backend: ModuleBackend;
  readonly compilerVersion: string | null;
  readonly types: readonly TypeInfo[];
  readonly entryPoints: readonly EntryPointInfo[];
  readonly operations: readonly OperationInfo[];
  readonly tuningParams: readonly TuningParamInfo[];
}

/** The worker's reply to HELLO. */
export interface WorkerInfo extends ProgramInfo {
  /** Whether the worker can map memory of this process. */
  readonly sharedMemory: boolean;
}
