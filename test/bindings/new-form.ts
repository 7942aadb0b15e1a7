// Written by `futhark-bridge types`, for a program compiled by Futhark 0.27.1: do not edit.
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

/** A `(bool, i32)`, copied out of Futhark. */
export type TupleBoolI32 = [boolean, number];

/** The arguments accepted for a `(bool, i32)`. */
export type TupleBoolI32Input = readonly [boolean, number | bigint];

/** The type `(bool, i32)`. */
export interface TupleBoolI32Type {
  readonly name: "(bool, i32)";
  readonly value: TupleBoolI32;
  readonly input: TupleBoolI32Input;
  readonly fields: { readonly "0": boolean; readonly "1": number };
}

/** Handle of a `(bool, i32)` in Futhark's memory. */
export type TupleBoolI32Handle = FutharkRecord<TupleBoolI32Type>;

/** A `(i32, []f64)`, copied out of Futhark. */
export type TupleI32F64Array = [number, NdArray<"f64">];

/** The arguments accepted for a `(i32, []f64)`. */
export type TupleI32F64ArrayInput = readonly [number | bigint, ArrayArg<"f64", 1>];

/** The type `(i32, []f64)`. */
export interface TupleI32F64ArrayType {
  readonly name: "(i32, []f64)";
  readonly value: TupleI32F64Array;
  readonly input: TupleI32F64ArrayInput;
  readonly fields: { readonly "0": number; readonly "1": FutharkArray<"f64", 1> };
}

/** Handle of a `(i32, []f64)` in Futhark's memory. */
export type TupleI32F64ArrayHandle = FutharkRecord<TupleI32F64ArrayType>;

/** A `(i64, bool)`, copied out of Futhark. */
export type TupleI64Bool = [bigint, boolean];

/** The arguments accepted for a `(i64, bool)`. */
export type TupleI64BoolInput = readonly [number | bigint, boolean];

/** The type `(i64, bool)`. */
export interface TupleI64BoolType {
  readonly name: "(i64, bool)";
  readonly value: TupleI64Bool;
  readonly input: TupleI64BoolInput;
  readonly fields: { readonly "0": bigint; readonly "1": boolean };
}

/** Handle of a `(i64, bool)` in Futhark's memory. */
export type TupleI64BoolHandle = FutharkRecord<TupleI64BoolType>;

/** A `(i64, i64)`, copied out of Futhark. */
export type TupleI64I64 = [bigint, bigint];

/** The arguments accepted for a `(i64, i64)`. */
export type TupleI64I64Input = readonly [number | bigint, number | bigint];

/** The type `(i64, i64)`. */
export interface TupleI64I64Type {
  readonly name: "(i64, i64)";
  readonly value: TupleI64I64;
  readonly input: TupleI64I64Input;
  readonly fields: { readonly "0": bigint; readonly "1": bigint };
}

/** Handle of a `(i64, i64)` in Futhark's memory. */
export type TupleI64I64Handle = FutharkRecord<TupleI64I64Type>;

/** A `[](i64, bool)`, copied out of Futhark. */
export type TupleI64BoolArray = TupleI64Bool[];

/** The fields of a `[](i64, bool)`, one array per field. */
export interface TupleI64BoolArrayColumns {
  readonly "0": ArrayArg<"i64", 1>;
  readonly "1": ArrayArg<"bool", 1>;
}

/** The arguments accepted for a `[](i64, bool)`. */
export type TupleI64BoolArrayInput = readonly RowOf<TupleI64BoolInput>[] | TupleI64BoolArrayColumns;

/** The type `[](i64, bool)`. */
export interface TupleI64BoolArrayType {
  readonly name: "[](i64, bool)";
  readonly value: TupleI64BoolArray;
  readonly input: TupleI64BoolArrayInput;
  readonly columns: TupleI64BoolArrayColumns;
  readonly fields: {
    readonly "0": FutharkArray<"i64", 1>;
    readonly "1": FutharkArray<"bool", 1>;
  };
  readonly rank: 1;
  readonly element: TupleI64BoolHandle;
  readonly elementInput: Arg<TupleI64BoolType>;
}

/** Handle of a `[](i64, bool)` in Futhark's memory. */
export type TupleI64BoolArrayHandle = FutharkOpaqueArray<TupleI64BoolArrayType>;

/** A `[][]point`, copied out of Futhark. */
export type PointArray2 = Point[][];

/** The fields of a `[][]point`, one array per field. */
export interface PointArray2Columns {
  readonly x: ArrayArg<"f32", 2>;
  readonly y: ArrayArg<"f32", 2>;
}

/** The arguments accepted for a `[][]point`. */
export type PointArray2Input = readonly (readonly RowOf<PointInput>[])[] | PointArray2Columns;

/** The type `[][]point`. */
export interface PointArray2Type {
  readonly name: "[][]point";
  readonly value: PointArray2;
  readonly input: PointArray2Input;
  readonly columns: PointArray2Columns;
  readonly fields: { readonly x: FutharkArray<"f32", 2>; readonly y: FutharkArray<"f32", 2> };
  readonly rank: 2;
  readonly element: PointHandle;
  readonly elementInput: Arg<PointType>;
}

/** Handle of a `[][]point` in Futhark's memory. */
export type PointArray2Handle = FutharkOpaqueArray<PointArray2Type>;

/** A `[]point`, copied out of Futhark. */
export type PointArray = Point[];

/** The fields of a `[]point`, one array per field. */
export interface PointArrayColumns {
  readonly x: ArrayArg<"f32", 1>;
  readonly y: ArrayArg<"f32", 1>;
}

/** The arguments accepted for a `[]point`. */
export type PointArrayInput = readonly RowOf<PointInput>[] | PointArrayColumns;

/** The type `[]point`. */
export interface PointArrayType {
  readonly name: "[]point";
  readonly value: PointArray;
  readonly input: PointArrayInput;
  readonly columns: PointArrayColumns;
  readonly fields: { readonly x: FutharkArray<"f32", 1>; readonly y: FutharkArray<"f32", 1> };
  readonly rank: 1;
  readonly element: PointHandle;
  readonly elementInput: Arg<PointType>;
}

/** Handle of a `[]point` in Futhark's memory. */
export type PointArrayHandle = FutharkOpaqueArray<PointArrayType>;

/** A `[]shape`, copied out of Futhark. */
export type ShapeArray = Shape[];

/** The arguments accepted for a `[]shape`. */
export type ShapeArrayInput = readonly Arg<ShapeType>[];

/** The type `[]shape`. */
export interface ShapeArrayType {
  readonly name: "[]shape";
  readonly value: ShapeArray;
  readonly input: ShapeArrayInput;
  readonly fields: Readonly<Record<never, never>>;
  readonly rank: 1;
  readonly element: ShapeHandle;
  readonly elementInput: Arg<ShapeType>;
}

/** Handle of a `[]shape` in Futhark's memory. */
export type ShapeArrayHandle = FutharkOpaqueArray<ShapeArrayType>;

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

/** A `shape`, copied out of Futhark. */
export type Shape =
  | { readonly variant: "circle"; readonly payload: [number] }
  | { readonly variant: "empty"; readonly payload: [] }
  | { readonly variant: "rect"; readonly payload: [RecordHF32WF32] };

/** The payload of each variant of `shape`. */
export interface ShapePayloads {
  readonly circle: readonly [number];
  readonly empty: readonly [];
  readonly rect: readonly [Arg<RecordHF32WF32Type>];
}

/** The result of `variant` for a `shape`. */
export type ShapeInput = VariantInput<ShapePayloads>;

/** The type `shape`. */
export interface ShapeType {
  readonly name: "shape";
  readonly value: Shape;
  readonly input: ShapeInput;
  readonly payloads: ShapePayloads;
  readonly variants: {
    readonly circle: [number];
    readonly empty: [];
    readonly rect: [RecordHF32WF32Handle];
  };
}

/** Handle of a `shape` in Futhark's memory. */
export type ShapeHandle = FutharkSum<ShapeType>;

/** A `state`, copied out of Futhark. */
export interface State {
  readonly grid: NdArray<"f64">;
  readonly seen: TupleI64BoolArray;
  readonly step: number;
}

/** The arguments accepted for a `state`. */
export interface StateInput {
  readonly grid: ArrayArg<"f64", 2>;
  readonly seen: Arg<TupleI64BoolArrayType>;
  readonly step: number | bigint;
}

/** The type `state`. */
export interface StateType {
  readonly name: "state";
  readonly value: State;
  readonly input: StateInput;
  readonly fields: {
    readonly grid: FutharkArray<"f64", 2>;
    readonly seen: TupleI64BoolArrayHandle;
    readonly step: number;
  };
}

/** Handle of a `state` in Futhark's memory. */
export type StateHandle = FutharkRecord<StateType>;

/** A `{h: f32, w: f32}`, copied out of Futhark. */
export interface RecordHF32WF32 {
  readonly h: number;
  readonly w: number;
}

/** The arguments accepted for a `{h: f32, w: f32}`. */
export interface RecordHF32WF32Input {
  readonly h: number;
  readonly w: number;
}

/** The type `{h: f32, w: f32}`. */
export interface RecordHF32WF32Type {
  readonly name: "{h: f32, w: f32}";
  readonly value: RecordHF32WF32;
  readonly input: RecordHF32WF32Input;
  readonly fields: { readonly h: number; readonly w: number };
}

/** Handle of a `{h: f32, w: f32}` in Futhark's memory. */
export type RecordHF32WF32Handle = FutharkRecord<RecordHF32WF32Type>;

/** The entry points of the program. */
export interface Entries {
  /**
   * One more than x.
   *
   * `add_one (x: i32): i32`
   */
  readonly add_one: Entry<[x: ScalarArg<"i32">], number>;
  /** `advance (s: state): state` */
  readonly advance: Entry<[s: Arg<StateType>], StateHandle>;
  /** `area (s: shape): f32` */
  readonly area: Entry<[s: Arg<ShapeType>], number>;
  /** `at (xs: []i64) (i: i64): i64` */
  readonly at: Entry<[xs: ArrayArg<"i64", 1>, i: ScalarArg<"i64">], bigint>;
  /** `cube (a: [][][]u8): [][][]u8` */
  readonly cube: Entry<[a: ArrayArg<"u8", 3>], FutharkArray<"u8", 3>>;
  /** `dot (xs: []f32) (ys: []f32): f32` */
  readonly dot: Entry<[xs: ArrayArg<"f32", 1>, ys: ArrayArg<"f32", 1>], number>;
  /** `flip (bs: []bool): []bool` */
  readonly flip: Entry<[bs: ArrayArg<"bool", 1>], FutharkArray<"bool", 1>>;
  /** `grid_of_points (n: i64) (m: i64): [][]point` */
  readonly grid_of_points: Entry<[n: ScalarArg<"i64">, m: ScalarArg<"i64">], PointArray2Handle>;
  /** `half_sum (x: f16) (y: f16): f16` */
  readonly half_sum: Entry<[x: ScalarArg<"f16">, y: ScalarArg<"f16">], number>;
  /** `make_point (x: f32) (y: f32): point` */
  readonly make_point: Entry<[x: ScalarArg<"f32">, y: ScalarArg<"f32">], PointHandle>;
  /** `min_max (xs: []i64): (i64, i64)` */
  readonly min_max: Entry<[xs: ArrayArg<"i64", 1>], [bigint, bigint]>;
  /** `norm (p: point): f32` */
  readonly norm: Entry<[p: Arg<PointType>], number>;
  /** `points (n: i64): []point` */
  readonly points: Entry<[n: ScalarArg<"i64">], PointArrayHandle>;
  /** `put (xs: *[]i32) (i: i64) (v: i32): *[]i32` */
  readonly put: Entry<[
    xs: ArrayArg<"i32", 1>,
    i: ScalarArg<"i64">,
    v: ScalarArg<"i32">,
  ], FutharkArray<"i32", 1>>;
  /** `shapes (n: i64): []shape` */
  readonly shapes: Entry<[n: ScalarArg<"i64">], ShapeArrayHandle>;
  /** `start (n: i64): state` */
  readonly start: Entry<[n: ScalarArg<"i64">], StateHandle>;
  /** `swap (x: i32) (b: bool): (bool, i32)` */
  readonly swap: Entry<[x: ScalarArg<"i32">, b: ScalarArg<"bool">], [boolean, number]>;
  /** `tuple_in (p: (i32, []f64)): f64` */
  readonly tuple_in: Entry<[p: Arg<TupleI32F64ArrayType>], number>;
}

/** The types of the program other than scalars, by Futhark's name. */
export interface Types {
  readonly "(bool, i32)": RecordType<TupleBoolI32Type>;
  readonly "(i32, []f64)": RecordType<TupleI32F64ArrayType>;
  readonly "(i64, bool)": RecordType<TupleI64BoolType>;
  readonly "(i64, i64)": RecordType<TupleI64I64Type>;
  readonly "[](i64, bool)": RecordArrayType<TupleI64BoolArrayType>;
  readonly "[][][]u8": ArrayType<"u8", 3>;
  readonly "[][]f32": ArrayType<"f32", 2>;
  readonly "[][]f64": ArrayType<"f64", 2>;
  readonly "[][]point": RecordArrayType<PointArray2Type>;
  readonly "[]bool": ArrayType<"bool", 1>;
  readonly "[]f32": ArrayType<"f32", 1>;
  readonly "[]f64": ArrayType<"f64", 1>;
  readonly "[]i32": ArrayType<"i32", 1>;
  readonly "[]i64": ArrayType<"i64", 1>;
  readonly "[]point": RecordArrayType<PointArrayType>;
  readonly "[]shape": OpaqueArrayType<ShapeArrayType>;
  readonly point: RecordType<PointType>;
  readonly shape: SumType<ShapeType>;
  readonly state: RecordType<StateType>;
  readonly "{h: f32, w: f32}": RecordType<RecordHF32WF32Type>;
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
  return locateProgram(import.meta.url, "../programs/types-0.27.1.json");
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
