// Written by `futhark-bridge types`, for a program compiled by Futhark 0.27.1: do not edit.
// biome-ignore-all format: generated
import {
  type AbstractType,
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
  type FutharkOpaque,
  type FutharkOpaqueArray,
  type FutharkPool,
  type FutharkRecord,
  type FutharkSum,
  locateProgram,
  type NdArray,
  type OpaqueArrayType,
  type OpenOptions,
  open as openModule,
  openPool as openModulePool,
  openSync as openModuleSync,
  type PoolOptions,
  type RecordArrayType,
  type RecordType,
  type RowOf,
  type ScalarArg,
  type SumType,
  type VariantInput,
} from "futhark-bridge";

/** A `#no | #yes f32`, copied out of Futhark. */
export type SumNoYesF32 =
  | { readonly variant: "no"; readonly payload: [] }
  | { readonly variant: "yes"; readonly payload: [number] };

/** The payload of each variant of `#no | #yes f32`. */
export interface SumNoYesF32Payloads {
  readonly no: readonly [];
  readonly yes: readonly [number];
}

/** The result of `variant` for a `#no | #yes f32`. */
export type SumNoYesF32Input = VariantInput<SumNoYesF32Payloads>;

/** The type `#no | #yes f32`. */
export interface SumNoYesF32Type {
  readonly name: "#no | #yes f32";
  readonly value: SumNoYesF32;
  readonly input: SumNoYesF32Input;
  readonly payloads: SumNoYesF32Payloads;
  readonly variants: { readonly no: []; readonly yes: [number] };
}

/** Handle of a `#no | #yes f32` in Futhark's memory. */
export type SumNoYesF32Handle = FutharkSum<SumNoYesF32Type>;

/** A `()`, copied out of Futhark. */
export type Unit = [];

/** The arguments accepted for a `()`. */
export type UnitInput = readonly [];

/** The type `()`. */
export interface UnitType {
  readonly name: "()";
  readonly value: Unit;
  readonly input: UnitInput;
  readonly fields: Readonly<Record<never, never>>;
}

/** Handle of a `()` in Futhark's memory. */
export type UnitHandle = FutharkRecord<UnitType>;

/** A `(*m.t', entries)`, copied out of Futhark. */
export type TupleMTPrimeEntries = [MTPrimeHandle, EntriesT];

/** The arguments accepted for a `(*m.t', entries)`. */
export type TupleMTPrimeEntriesInput = readonly [Arg<MTPrimeType>, Arg<EntriesTType>];

/** The type `(*m.t', entries)`. */
export interface TupleMTPrimeEntriesType {
  readonly name: "(*m.t', entries)";
  readonly value: TupleMTPrimeEntries;
  readonly input: TupleMTPrimeEntriesInput;
  readonly fields: { readonly "0": MTPrimeHandle; readonly "1": EntriesTHandle };
}

/** Handle of a `(*m.t', entries)` in Futhark's memory. */
export type TupleMTPrimeEntriesHandle = FutharkRecord<TupleMTPrimeEntriesType>;

/** A `(u8, #no | #yes f32)`, copied out of Futhark. */
export type TupleU8SumNoYesF32 = [number, SumNoYesF32];

/** The arguments accepted for a `(u8, #no | #yes f32)`. */
export type TupleU8SumNoYesF32Input = readonly [number | bigint, Arg<SumNoYesF32Type>];

/** The type `(u8, #no | #yes f32)`. */
export interface TupleU8SumNoYesF32Type {
  readonly name: "(u8, #no | #yes f32)";
  readonly value: TupleU8SumNoYesF32;
  readonly input: TupleU8SumNoYesF32Input;
  readonly fields: { readonly "0": number; readonly "1": SumNoYesF32Handle };
}

/** Handle of a `(u8, #no | #yes f32)` in Futhark's memory. */
export type TupleU8SumNoYesF32Handle = FutharkRecord<TupleU8SumNoYesF32Type>;

/** A `[]#no | #yes f32`, copied out of Futhark. */
export type SumNoYesF32Array = SumNoYesF32[];

/** The arguments accepted for a `[]#no | #yes f32`. */
export type SumNoYesF32ArrayInput = never;

/** The type `[]#no | #yes f32`. */
export interface SumNoYesF32ArrayType {
  readonly name: "[]#no | #yes f32";
  readonly value: SumNoYesF32Array;
  readonly input: SumNoYesF32ArrayInput;
  readonly fields: Readonly<Record<never, never>>;
  readonly rank: 1;
  readonly element: SumNoYesF32Handle;
  readonly elementInput: never;
}

/** Handle of a `[]#no | #yes f32` in Futhark's memory. */
export type SumNoYesF32ArrayHandle = FutharkOpaqueArray<SumNoYesF32ArrayType>;

/** A `[](u8, #no | #yes f32)`, copied out of Futhark. */
export type TupleU8SumNoYesF32Array = TupleU8SumNoYesF32[];

/** The fields of a `[](u8, #no | #yes f32)`, one array per field. */
export interface TupleU8SumNoYesF32ArrayColumns {
  readonly "0": ArrayArg<"u8", 1>;
  readonly "1": Arg<SumNoYesF32ArrayType>;
}

/** The arguments accepted for a `[](u8, #no | #yes f32)`. */
export type TupleU8SumNoYesF32ArrayInput = readonly RowOf<TupleU8SumNoYesF32Input>[] | TupleU8SumNoYesF32ArrayColumns;

/** The type `[](u8, #no | #yes f32)`. */
export interface TupleU8SumNoYesF32ArrayType {
  readonly name: "[](u8, #no | #yes f32)";
  readonly value: TupleU8SumNoYesF32Array;
  readonly input: TupleU8SumNoYesF32ArrayInput;
  readonly columns: TupleU8SumNoYesF32ArrayColumns;
  readonly fields: {
    readonly "0": FutharkArray<"u8", 1>;
    readonly "1": SumNoYesF32ArrayHandle;
  };
  readonly rank: 1;
  readonly element: TupleU8SumNoYesF32Handle;
  readonly elementInput: never;
}

/** Handle of a `[](u8, #no | #yes f32)` in Futhark's memory. */
export type TupleU8SumNoYesF32ArrayHandle = FutharkOpaqueArray<TupleU8SumNoYesF32ArrayType>;

/** A `[][]entries`, copied out of Futhark. */
export type EntriesArray2 = EntriesT[][];

/** The arguments accepted for a `[][]entries`. */
export type EntriesArray2Input = never;

/** The type `[][]entries`. */
export interface EntriesArray2Type {
  readonly name: "[][]entries";
  readonly value: EntriesArray2;
  readonly input: EntriesArray2Input;
  readonly fields: Readonly<Record<never, never>>;
  readonly rank: 2;
  readonly element: EntriesTHandle;
  readonly elementInput: never;
}

/** Handle of a `[][]entries` in Futhark's memory. */
export type EntriesArray2Handle = FutharkOpaqueArray<EntriesArray2Type>;

/** A `[][]m.t'`, copied out of Futhark. */
export type MTPrimeArray2 = MTPrimeHandle[][];

/** The arguments accepted for a `[][]m.t'`. */
export type MTPrimeArray2Input = readonly (readonly Arg<MTPrimeType>[])[];

/** The type `[][]m.t'`. */
export interface MTPrimeArray2Type {
  readonly name: "[][]m.t'";
  readonly value: MTPrimeArray2;
  readonly input: MTPrimeArray2Input;
  readonly fields: Readonly<Record<never, never>>;
  readonly rank: 2;
  readonly element: MTPrimeHandle;
  readonly elementInput: Arg<MTPrimeType>;
}

/** Handle of a `[][]m.t'` in Futhark's memory. */
export type MTPrimeArray2Handle = FutharkOpaqueArray<MTPrimeArray2Type>;

/** A `entries`, copied out of Futhark. */
export type EntriesT = { readonly variant: "if"; readonly payload: [Pixel, NdArray<"i64">] };

/** The payload of each variant of `entries`. */
export interface EntriesTPayloads {
  readonly if: readonly [Arg<PixelType>, ArrayArg<"i64", 1>];
}

/** The result of `variant` for a `entries`. */
export type EntriesTInput = VariantInput<EntriesTPayloads>;

/** The type `entries`. */
export interface EntriesTType {
  readonly name: "entries";
  readonly value: EntriesT;
  readonly input: EntriesTInput;
  readonly payloads: EntriesTPayloads;
  readonly variants: { readonly if: [PixelHandle, FutharkArray<"i64", 1>] };
}

/** Handle of a `entries` in Futhark's memory. */
export type EntriesTHandle = FutharkSum<EntriesTType>;

/**
 * Nobody knows what is in it.
 *
 * A `m.t'`, whose contents only the program can read.
 */
export type MTPrimeHandle = FutharkOpaque<"m.t'">;

/** The type `m.t'`. */
export interface MTPrimeType {
  readonly name: "m.t'";
  readonly value: MTPrimeHandle;
  readonly input: never;
}

/**
 * A point on
 * the screen.
 *
 * A `pixel`, copied out of Futhark.
 */
export interface Pixel {
  readonly x: number;
  readonly y: number;
}

/** The arguments accepted for a `pixel`. */
export interface PixelInput {
  readonly x: number;
  readonly y: number;
}

/** The type `pixel`. */
export interface PixelType {
  readonly name: "pixel";
  readonly value: Pixel;
  readonly input: PixelInput;
  readonly fields: { readonly x: number; readonly y: number };
}

/** Handle of a `pixel` in Futhark's memory. */
export type PixelHandle = FutharkRecord<PixelType>;

/** A `point`, copied out of Futhark. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The arguments accepted for a `point`. */
export interface PointInput {
  readonly x: number;
  readonly y: number;
}

/** The type `point`. */
export interface PointType {
  readonly name: "point";
  readonly value: Point;
  readonly input: PointInput;
  readonly fields: { readonly x: number; readonly y: number };
}

/** Handle of a `point` in Futhark's memory. */
export type PointHandle = FutharkRecord<PointType>;

/** A `point_input`, whose contents only the program can read. */
export type PointInputTHandle = FutharkOpaque<"point_input">;

/** The type `point_input`. */
export interface PointInputTType {
  readonly name: "point_input";
  readonly value: PointInputTHandle;
  readonly input: never;
}

/** A `{__proto__: i8, a b: [](u8, #no | #yes f32)}`, copied out of Futhark. */
export interface RecordProtoI8ABTupleU8SumNoYesF32Array {
  readonly __proto__: number;
  readonly "a b": TupleU8SumNoYesF32Array;
}

/** The arguments accepted for a `{__proto__: i8, a b: [](u8, #no | #yes f32)}`. */
export interface RecordProtoI8ABTupleU8SumNoYesF32ArrayInput {
  readonly __proto__: number | bigint;
  readonly "a b": Arg<TupleU8SumNoYesF32ArrayType>;
}

/** The type `{__proto__: i8, a b: [](u8, #no | #yes f32)}`. */
export interface RecordProtoI8ABTupleU8SumNoYesF32ArrayType {
  readonly name: "{__proto__: i8, a b: [](u8, #no | #yes f32)}";
  readonly value: RecordProtoI8ABTupleU8SumNoYesF32Array;
  readonly input: RecordProtoI8ABTupleU8SumNoYesF32ArrayInput;
  readonly fields: {
    readonly __proto__: number;
    readonly "a b": TupleU8SumNoYesF32ArrayHandle;
  };
}

/** Handle of a `{__proto__: i8, a b: [](u8, #no | #yes f32)}` in Futhark's memory. */
export type RecordProtoI8ABTupleU8SumNoYesF32ArrayHandle = FutharkRecord<RecordProtoI8ABTupleU8SumNoYesF32ArrayType>;

/** The entry points of the program. */
export interface Entries {
  /** `apply (f: {__proto__: i8, a b: [](u8, #no | #yes f32)}): f16` */
  readonly apply: Entry<[f: Arg<RecordProtoI8ABTupleU8SumNoYesF32ArrayType>], number>;
  /** `foo' (of: [][]entries): ()` */
  readonly "foo'": Entry<[of: Arg<EntriesArray2Type>], []>;
  /** `grid (g: [][]m.t'): [][]m.t'` */
  readonly grid: Entry<[g: Arg<MTPrimeArray2Type>], MTPrimeArray2Handle>;
  /** `paint (p: point): pixel` */
  readonly paint: Entry<[p: Arg<PointType>], PixelHandle>;
  /** `plot (p: pixel): point` */
  readonly plot: Entry<[p: Arg<PixelType>], PointHandle>;
  /**
   * Ends a comment: *\/ here.
   *
   * And goes on.
   *
   * `then (x': i64) (: *m.t') (default: pixel): (m.t', entries)`
   */
  readonly then: Entry<[
    x_: ScalarArg<"i64">,
    arg1: Arg<MTPrimeType>,
    default_: Arg<PixelType>,
  ], [MTPrimeHandle, EntriesTHandle]>;
}

/** The types of the program other than scalars, by Futhark's name. */
export interface Types {
  readonly "#no | #yes f32": SumType<SumNoYesF32Type>;
  readonly "()": RecordType<UnitType>;
  readonly "(*m.t', entries)": RecordType<TupleMTPrimeEntriesType>;
  readonly "(u8, #no | #yes f32)": RecordType<TupleU8SumNoYesF32Type>;
  readonly "[]#no | #yes f32": OpaqueArrayType<SumNoYesF32ArrayType>;
  readonly "[](u8, #no | #yes f32)": RecordArrayType<TupleU8SumNoYesF32ArrayType>;
  readonly "[][]entries": OpaqueArrayType<EntriesArray2Type>;
  readonly "[][]m.t'": OpaqueArrayType<MTPrimeArray2Type>;
  readonly "[]i64": ArrayType<"i64", 1>;
  readonly "[]u8": ArrayType<"u8", 1>;
  readonly entries: SumType<EntriesTType>;
  readonly "m.t'": AbstractType<"m.t'">;
  readonly pixel: RecordType<PixelType>;
  readonly point: RecordType<PointType>;
  readonly point_input: AbstractType<"point_input">;
  readonly "{__proto__: i8, a b: [](u8, #no | #yes f32)}": RecordType<RecordProtoI8ABTupleU8SumNoYesF32ArrayType>;
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
  return locateProgram(import.meta.url, "odd-names.json");
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
