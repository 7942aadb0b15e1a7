// Written by `futhark-bridge types`, for a program compiled by Futhark 0.25.32: do not edit.
// biome-ignore-all format: generated
import {
  type Arg,
  type ArrayArg,
  type ArrayType,
  type AttachedModule,
  type AttachOptions,
  attach as attachModule,
  type Blocking,
  type Entry,
  type FutharkArray,
  type FutharkModule,
  type FutharkOpaqueArray,
  type FutharkPool,
  type FutharkRecord,
  type FutharkSum,
  locateProgram,
  type OpaqueArrayType,
  type OpenOptions,
  open as openModule,
  openPool as openModulePool,
  openSync as openModuleSync,
  type PoolOptions,
  type RecordArrayType,
  type RecordType,
  type RowOf,
  type SumType,
  type VariantInput,
} from "futhark-bridge";

/** A `(f32, i8)`, copied out of Futhark. */
export type TupleF32I8 = [number, number];

/** The arguments accepted for a `(f32, i8)`. */
export type TupleF32I8Input = readonly [number, number | bigint];

/** The type `(f32, i8)`. */
export interface TupleF32I8Type {
  readonly name: "(f32, i8)";
  readonly value: TupleF32I8;
  readonly input: TupleF32I8Input;
  readonly fields: { readonly "0": number; readonly "1": number };
}

/** Handle of a `(f32, i8)` in Futhark's memory. */
export type TupleF32I8Handle = FutharkRecord<TupleF32I8Type>;

/** A `(i32, f32)`, copied out of Futhark. */
export type TupleI32F32 = [number, number];

/** The arguments accepted for a `(i32, f32)`. */
export type TupleI32F32Input = readonly [number | bigint, number];

/** The type `(i32, f32)`. */
export interface TupleI32F32Type {
  readonly name: "(i32, f32)";
  readonly value: TupleI32F32;
  readonly input: TupleI32F32Input;
  readonly fields: { readonly "0": number; readonly "1": number };
}

/** Handle of a `(i32, f32)` in Futhark's memory. */
export type TupleI32F32Handle = FutharkRecord<TupleI32F32Type>;

/** A `(u8, no: | yes:(i32, f32))`, copied out of Futhark. */
export type TupleU8SumNoYesTupleI32F32 = [number, SumNoYesTupleI32F32];

/** The arguments accepted for a `(u8, no: | yes:(i32, f32))`. */
export type TupleU8SumNoYesTupleI32F32Input = readonly [
  number | bigint,
  Arg<SumNoYesTupleI32F32Type>,
];

/** The type `(u8, no: | yes:(i32, f32))`. */
export interface TupleU8SumNoYesTupleI32F32Type {
  readonly name: "(u8, no: | yes:(i32, f32))";
  readonly value: TupleU8SumNoYesTupleI32F32;
  readonly input: TupleU8SumNoYesTupleI32F32Input;
  readonly fields: { readonly "0": number; readonly "1": SumNoYesTupleI32F32Handle };
}

/** Handle of a `(u8, no: | yes:(i32, f32))` in Futhark's memory. */
export type TupleU8SumNoYesTupleI32F32Handle = FutharkRecord<TupleU8SumNoYesTupleI32F32Type>;

/** A `[][]pt'`, copied out of Futhark. */
export type PtPrimeArray2 = PtPrime[][];

/** The fields of a `[][]pt'`, one array per field. */
export interface PtPrimeArray2Columns {
  readonly a: ArrayArg<"i32", 2>;
}

/** The arguments accepted for a `[][]pt'`. */
export type PtPrimeArray2Input = readonly (readonly RowOf<PtPrimeInput>[])[] | PtPrimeArray2Columns;

/** The type `[][]pt'`. */
export interface PtPrimeArray2Type {
  readonly name: "[][]pt'";
  readonly value: PtPrimeArray2;
  readonly input: PtPrimeArray2Input;
  readonly columns: PtPrimeArray2Columns;
  readonly fields: { readonly a: FutharkArray<"i32", 2> };
  readonly rank: 2;
  readonly element: PtPrimeHandle;
  readonly elementInput: never;
}

/** Handle of a `[][]pt'` in Futhark's memory. */
export type PtPrimeArray2Handle = FutharkOpaqueArray<PtPrimeArray2Type>;

/** A `[]foo i32`, copied out of Futhark. */
export type FooI32Array = FooI32[];

/** The fields of a `[]foo i32`, one array per field. */
export interface FooI32ArrayColumns {
  readonly k: ArrayArg<"i64", 1>;
  readonly x: ArrayArg<"i32", 1>;
}

/** The arguments accepted for a `[]foo i32`. */
export type FooI32ArrayInput = readonly RowOf<FooI32Input>[] | FooI32ArrayColumns;

/** The type `[]foo i32`. */
export interface FooI32ArrayType {
  readonly name: "[]foo i32";
  readonly value: FooI32Array;
  readonly input: FooI32ArrayInput;
  readonly columns: FooI32ArrayColumns;
  readonly fields: { readonly k: FutharkArray<"i64", 1>; readonly x: FutharkArray<"i32", 1> };
  readonly rank: 1;
  readonly element: FooI32Handle;
  readonly elementInput: never;
}

/** Handle of a `[]foo i32` in Futhark's memory. */
export type FooI32ArrayHandle = FutharkOpaqueArray<FooI32ArrayType>;

/** A `[]no: | yes:f32 i32`, copied out of Futhark. */
export type SumNoYesF32I32Array = SumNoYesF32I32[];

/** The arguments accepted for a `[]no: | yes:f32 i32`. */
export type SumNoYesF32I32ArrayInput = never;

/** The type `[]no: | yes:f32 i32`. */
export interface SumNoYesF32I32ArrayType {
  readonly name: "[]no: | yes:f32 i32";
  readonly value: SumNoYesF32I32Array;
  readonly input: SumNoYesF32I32ArrayInput;
  readonly fields: Readonly<Record<never, never>>;
  readonly rank: 1;
  readonly element: SumNoYesF32I32Handle;
  readonly elementInput: never;
}

/** Handle of a `[]no: | yes:f32 i32` in Futhark's memory. */
export type SumNoYesF32I32ArrayHandle = FutharkOpaqueArray<SumNoYesF32I32ArrayType>;

/** A `foo (f32, i8)`, copied out of Futhark. */
export interface FooF32I8 {
  readonly k: bigint;
  readonly x: TupleF32I8;
}

/** The arguments accepted for a `foo (f32, i8)`. */
export interface FooF32I8Input {
  readonly k: number | bigint;
  readonly x: Arg<TupleF32I8Type>;
}

/** The type `foo (f32, i8)`. */
export interface FooF32I8Type {
  readonly name: "foo (f32, i8)";
  readonly value: FooF32I8;
  readonly input: FooF32I8Input;
  readonly fields: { readonly k: bigint; readonly x: TupleF32I8Handle };
}

/** Handle of a `foo (f32, i8)` in Futhark's memory. */
export type FooF32I8Handle = FutharkRecord<FooF32I8Type>;

/** A `foo f32`, copied out of Futhark. */
export interface FooF32 {
  readonly k: bigint;
  readonly x: number;
}

/** The arguments accepted for a `foo f32`. */
export interface FooF32Input {
  readonly k: number | bigint;
  readonly x: number;
}

/** The type `foo f32`. */
export interface FooF32Type {
  readonly name: "foo f32";
  readonly value: FooF32;
  readonly input: FooF32Input;
  readonly fields: { readonly k: bigint; readonly x: number };
}

/** Handle of a `foo f32` in Futhark's memory. */
export type FooF32Handle = FutharkRecord<FooF32Type>;

/** A `foo i32`, copied out of Futhark. */
export interface FooI32 {
  readonly k: bigint;
  readonly x: number;
}

/** The arguments accepted for a `foo i32`. */
export interface FooI32Input {
  readonly k: number | bigint;
  readonly x: number | bigint;
}

/** The type `foo i32`. */
export interface FooI32Type {
  readonly name: "foo i32";
  readonly value: FooI32;
  readonly input: FooI32Input;
  readonly fields: { readonly k: bigint; readonly x: number };
}

/** Handle of a `foo i32` in Futhark's memory. */
export type FooI32Handle = FutharkRecord<FooI32Type>;

/** A `no: | yes:(i32, f32)`, copied out of Futhark. */
export type SumNoYesTupleI32F32 =
  | { readonly variant: "no"; readonly payload: [] }
  | { readonly variant: "yes"; readonly payload: [TupleI32F32] };

/** The payload of each variant of `no: | yes:(i32, f32)`. */
export interface SumNoYesTupleI32F32Payloads {
  readonly no: readonly [];
  readonly yes: readonly [Arg<TupleI32F32Type>];
}

/** The result of `variant` for a `no: | yes:(i32, f32)`. */
export type SumNoYesTupleI32F32Input = VariantInput<SumNoYesTupleI32F32Payloads>;

/** The type `no: | yes:(i32, f32)`. */
export interface SumNoYesTupleI32F32Type {
  readonly name: "no: | yes:(i32, f32)";
  readonly value: SumNoYesTupleI32F32;
  readonly input: SumNoYesTupleI32F32Input;
  readonly payloads: SumNoYesTupleI32F32Payloads;
  readonly variants: { readonly no: []; readonly yes: [TupleI32F32Handle] };
}

/** Handle of a `no: | yes:(i32, f32)` in Futhark's memory. */
export type SumNoYesTupleI32F32Handle = FutharkSum<SumNoYesTupleI32F32Type>;

/** A `no: | yes:f32 i32`, copied out of Futhark. */
export type SumNoYesF32I32 =
  | { readonly variant: "no"; readonly payload: [] }
  | { readonly variant: "yes"; readonly payload: [number, number] };

/** The payload of each variant of `no: | yes:f32 i32`. */
export interface SumNoYesF32I32Payloads {
  readonly no: readonly [];
  readonly yes: readonly [number, number | bigint];
}

/** The result of `variant` for a `no: | yes:f32 i32`. */
export type SumNoYesF32I32Input = VariantInput<SumNoYesF32I32Payloads>;

/** The type `no: | yes:f32 i32`. */
export interface SumNoYesF32I32Type {
  readonly name: "no: | yes:f32 i32";
  readonly value: SumNoYesF32I32;
  readonly input: SumNoYesF32I32Input;
  readonly payloads: SumNoYesF32I32Payloads;
  readonly variants: { readonly no: []; readonly yes: [number, number] };
}

/** Handle of a `no: | yes:f32 i32` in Futhark's memory. */
export type SumNoYesF32I32Handle = FutharkSum<SumNoYesF32I32Type>;

/** A `no: | yes:{b:f32}`, copied out of Futhark. */
export type SumNoYesRecordBF32 =
  | { readonly variant: "no"; readonly payload: [] }
  | { readonly variant: "yes"; readonly payload: [RecordBF32] };

/** The payload of each variant of `no: | yes:{b:f32}`. */
export interface SumNoYesRecordBF32Payloads {
  readonly no: readonly [];
  readonly yes: readonly [Arg<RecordBF32Type>];
}

/** The result of `variant` for a `no: | yes:{b:f32}`. */
export type SumNoYesRecordBF32Input = VariantInput<SumNoYesRecordBF32Payloads>;

/** The type `no: | yes:{b:f32}`. */
export interface SumNoYesRecordBF32Type {
  readonly name: "no: | yes:{b:f32}";
  readonly value: SumNoYesRecordBF32;
  readonly input: SumNoYesRecordBF32Input;
  readonly payloads: SumNoYesRecordBF32Payloads;
  readonly variants: { readonly no: []; readonly yes: [RecordBF32Handle] };
}

/** Handle of a `no: | yes:{b:f32}` in Futhark's memory. */
export type SumNoYesRecordBF32Handle = FutharkSum<SumNoYesRecordBF32Type>;

/** A `pt'`, copied out of Futhark. */
export interface PtPrime {
  readonly a: number;
}

/** The arguments accepted for a `pt'`. */
export interface PtPrimeInput {
  readonly a: number | bigint;
}

/** The type `pt'`. */
export interface PtPrimeType {
  readonly name: "pt'";
  readonly value: PtPrime;
  readonly input: PtPrimeInput;
  readonly fields: { readonly a: number };
}

/** Handle of a `pt'` in Futhark's memory. */
export type PtPrimeHandle = FutharkRecord<PtPrimeType>;

/** A `{a:no: | yes:{b:f32}}`, copied out of Futhark. */
export interface RecordASumNoYesRecordBF32 {
  readonly a: SumNoYesRecordBF32;
}

/** The arguments accepted for a `{a:no: | yes:{b:f32}}`. */
export interface RecordASumNoYesRecordBF32Input {
  readonly a: Arg<SumNoYesRecordBF32Type>;
}

/** The type `{a:no: | yes:{b:f32}}`. */
export interface RecordASumNoYesRecordBF32Type {
  readonly name: "{a:no: | yes:{b:f32}}";
  readonly value: RecordASumNoYesRecordBF32;
  readonly input: RecordASumNoYesRecordBF32Input;
  readonly fields: { readonly a: SumNoYesRecordBF32Handle };
}

/** Handle of a `{a:no: | yes:{b:f32}}` in Futhark's memory. */
export type RecordASumNoYesRecordBF32Handle = FutharkRecord<RecordASumNoYesRecordBF32Type>;

/** A `{b:f32}`, copied out of Futhark. */
export interface RecordBF32 {
  readonly b: number;
}

/** The arguments accepted for a `{b:f32}`. */
export interface RecordBF32Input {
  readonly b: number;
}

/** The type `{b:f32}`. */
export interface RecordBF32Type {
  readonly name: "{b:f32}";
  readonly value: RecordBF32;
  readonly input: RecordBF32Input;
  readonly fields: { readonly b: number };
}

/** Handle of a `{b:f32}` in Futhark's memory. */
export type RecordBF32Handle = FutharkRecord<RecordBF32Type>;

/** The entry points of the program. */
export interface Entries {
  /** `choice (x: no: | yes:f32 i32): []no: | yes:f32 i32` */
  readonly choice: Entry<[x: Arg<SumNoYesF32I32Type>], SumNoYesF32I32ArrayHandle>;
  /** `generic (x: foo f32) (_y: foo (f32, i8)): []foo i32` */
  readonly generic: Entry<[x: Arg<FooF32Type>, _y: Arg<FooF32I8Type>], FooI32ArrayHandle>;
  /** `inside (_x: (u8, no: | yes:(i32, f32))): {a:no: | yes:{b:f32}}` */
  readonly inside: Entry<[
    _x: Arg<TupleU8SumNoYesTupleI32F32Type>,
  ], RecordASumNoYesRecordBF32Handle>;
  /** `prime (x: pt'): [][]pt'` */
  readonly prime: Entry<[x: Arg<PtPrimeType>], PtPrimeArray2Handle>;
}

/** The types of the program other than scalars, by Futhark's name. */
export interface Types {
  readonly "(f32, i8)": RecordType<TupleF32I8Type>;
  readonly "(i32, f32)": RecordType<TupleI32F32Type>;
  readonly "(u8, no: | yes:(i32, f32))": RecordType<TupleU8SumNoYesTupleI32F32Type>;
  readonly "[][]i32": ArrayType<"i32", 2>;
  readonly "[][]pt'": RecordArrayType<PtPrimeArray2Type>;
  readonly "[]foo i32": RecordArrayType<FooI32ArrayType>;
  readonly "[]i32": ArrayType<"i32", 1>;
  readonly "[]i64": ArrayType<"i64", 1>;
  readonly "[]no: | yes:f32 i32": OpaqueArrayType<SumNoYesF32I32ArrayType>;
  readonly "foo (f32, i8)": RecordType<FooF32I8Type>;
  readonly "foo f32": RecordType<FooF32Type>;
  readonly "foo i32": RecordType<FooI32Type>;
  readonly "no: | yes:(i32, f32)": SumType<SumNoYesTupleI32F32Type>;
  readonly "no: | yes:f32 i32": SumType<SumNoYesF32I32Type>;
  readonly "no: | yes:{b:f32}": SumType<SumNoYesRecordBF32Type>;
  readonly "pt'": RecordType<PtPrimeType>;
  readonly "{a:no: | yes:{b:f32}}": RecordType<RecordASumNoYesRecordBF32Type>;
  readonly "{b:f32}": RecordType<RecordBF32Type>;
}

/** The opened program. */
export type Module = FutharkModule<Entries, Types>;

/** The program in a pool of workers. */
export type Pool = FutharkPool<Entries, Types>;

/** The program in another process that shares it. */
export type Attached = AttachedModule<Entries, Types>;

/** Options for opening the program. */
export interface Options extends OpenOptions {
  /** Path of the program's module; default is the one these bindings were generated from. */
  readonly module?: string | URL;
}

/** Returns the path of the program, also if this file was compiled to another folder. */
function program(): string {
  return locateProgram(import.meta.url, "../programs/anonymous.fut");
}

/** Loads the program in a worker of its own. */
export async function open({ module = program(), ...options }: Options = {}): Promise<Module> {
  return openModule(module, options);
}

/** Loads the program for blocking calls. */
export function openSync({ module = program(), ...options }: Options = {}): Blocking<Module> {
  return openModuleSync(module, options);
}

/** Loads the program in several workers. */
export async function openPool({ module = program(), ...options }: Options & PoolOptions = {}): Promise<Pool> {
  return openModulePool(module, options);
}

/** Attaches to the program in a process that shares it. */
export async function attach(path: string | URL, options?: AttachOptions): Promise<Attached> {
  return attachModule(path, options);
}
