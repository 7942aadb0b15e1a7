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

/** A `(i32, bool)`, copied out of Futhark. */
export type TupleI32Bool = [number, boolean];

/** The arguments accepted for a `(i32, bool)`. */
export type TupleI32BoolInput = readonly [number | bigint, boolean];

/** The type `(i32, bool)`. */
export interface TupleI32BoolType {
  readonly name: "(i32, bool)";
  readonly value: TupleI32Bool;
  readonly input: TupleI32BoolInput;
  readonly fields: { readonly "0": number; readonly "1": boolean };
}

/** Handle of a `(i32, bool)` in Futhark's memory. */
export type TupleI32BoolHandle = FutharkRecord<TupleI32BoolType>;

/** A `[](i32, bool)`, copied out of Futhark. */
export type TupleI32BoolArray = TupleI32Bool[];

/** The fields of a `[](i32, bool)`, one array per field. */
export interface TupleI32BoolArrayColumns {
  readonly "0": ArrayArg<"i32", 1>;
  readonly "1": ArrayArg<"bool", 1>;
}

/** The arguments accepted for a `[](i32, bool)`. */
export type TupleI32BoolArrayInput = readonly RowOf<TupleI32BoolInput>[] | TupleI32BoolArrayColumns;

/** The type `[](i32, bool)`. */
export interface TupleI32BoolArrayType {
  readonly name: "[](i32, bool)";
  readonly value: TupleI32BoolArray;
  readonly input: TupleI32BoolArrayInput;
  readonly columns: TupleI32BoolArrayColumns;
  readonly fields: {
    readonly "0": FutharkArray<"i32", 1>;
    readonly "1": FutharkArray<"bool", 1>;
  };
  readonly rank: 1;
  readonly element: TupleI32BoolHandle;
  readonly elementInput: never;
}

/** Handle of a `[](i32, bool)` in Futhark's memory. */
export type TupleI32BoolArrayHandle = FutharkOpaqueArray<TupleI32BoolArrayType>;

/** A `[][]place`, copied out of Futhark. */
export type PlaceArray2 = Place[][];

/** The fields of a `[][]place`, one array per field. */
export interface PlaceArray2Columns {
  readonly lat: ArrayArg<"f64", 2>;
  readonly lon: ArrayArg<"f64", 2>;
}

/** The arguments accepted for a `[][]place`. */
export type PlaceArray2Input = readonly (readonly RowOf<PlaceInput>[])[] | PlaceArray2Columns;

/** The type `[][]place`. */
export interface PlaceArray2Type {
  readonly name: "[][]place";
  readonly value: PlaceArray2;
  readonly input: PlaceArray2Input;
  readonly columns: PlaceArray2Columns;
  readonly fields: {
    readonly lat: FutharkArray<"f64", 2>;
    readonly lon: FutharkArray<"f64", 2>;
  };
  readonly rank: 2;
  readonly element: PlaceHandle;
  readonly elementInput: never;
}

/** Handle of a `[][]place` in Futhark's memory. */
export type PlaceArray2Handle = FutharkOpaqueArray<PlaceArray2Type>;

/** A `[]figure`, copied out of Futhark. */
export type FigureArray = Figure[];

/** The arguments accepted for a `[]figure`. */
export type FigureArrayInput = never;

/** The type `[]figure`. */
export interface FigureArrayType {
  readonly name: "[]figure";
  readonly value: FigureArray;
  readonly input: FigureArrayInput;
  readonly fields: Readonly<Record<never, never>>;
  readonly rank: 1;
  readonly element: FigureHandle;
  readonly elementInput: never;
}

/** Handle of a `[]figure` in Futhark's memory. */
export type FigureArrayHandle = FutharkOpaqueArray<FigureArrayType>;

/** A `[]mark`, copied out of Futhark. */
export type MarkArray = Mark[];

/** The fields of a `[]mark`, one array per field. */
export interface MarkArrayColumns {
  readonly "0": ArrayArg<"i32", 1>;
  readonly "1": ArrayArg<"bool", 1>;
}

/** The arguments accepted for a `[]mark`. */
export type MarkArrayInput = readonly RowOf<MarkInput>[] | MarkArrayColumns;

/** The type `[]mark`. */
export interface MarkArrayType {
  readonly name: "[]mark";
  readonly value: MarkArray;
  readonly input: MarkArrayInput;
  readonly columns: MarkArrayColumns;
  readonly fields: {
    readonly "0": FutharkArray<"i32", 1>;
    readonly "1": FutharkArray<"bool", 1>;
  };
  readonly rank: 1;
  readonly element: MarkHandle;
  readonly elementInput: never;
}

/** Handle of a `[]mark` in Futhark's memory. */
export type MarkArrayHandle = FutharkOpaqueArray<MarkArrayType>;

/** A `[]place`, copied out of Futhark. */
export type PlaceArray = Place[];

/** The fields of a `[]place`, one array per field. */
export interface PlaceArrayColumns {
  readonly lat: ArrayArg<"f64", 1>;
  readonly lon: ArrayArg<"f64", 1>;
}

/** The arguments accepted for a `[]place`. */
export type PlaceArrayInput = readonly RowOf<PlaceInput>[] | PlaceArrayColumns;

/** The type `[]place`. */
export interface PlaceArrayType {
  readonly name: "[]place";
  readonly value: PlaceArray;
  readonly input: PlaceArrayInput;
  readonly columns: PlaceArrayColumns;
  readonly fields: {
    readonly lat: FutharkArray<"f64", 1>;
    readonly lon: FutharkArray<"f64", 1>;
  };
  readonly rank: 1;
  readonly element: PlaceHandle;
  readonly elementInput: never;
}

/** Handle of a `[]place` in Futhark's memory. */
export type PlaceArrayHandle = FutharkOpaqueArray<PlaceArrayType>;

/** A `counter`, copied out of Futhark. */
export interface Counter {
  readonly count: bigint;
  readonly seen: NdArray<"i64">;
}

/** The arguments accepted for a `counter`. */
export interface CounterInput {
  readonly count: number | bigint;
  readonly seen: ArrayArg<"i64", 1>;
}

/** The type `counter`. */
export interface CounterType {
  readonly name: "counter";
  readonly value: Counter;
  readonly input: CounterInput;
  readonly fields: { readonly count: bigint; readonly seen: FutharkArray<"i64", 1> };
}

/** Handle of a `counter` in Futhark's memory. */
export type CounterHandle = FutharkRecord<CounterType>;

/** A `figure`, copied out of Futhark. */
export type Figure =
  | { readonly variant: "box"; readonly payload: [RecordHF32WF32] }
  | { readonly variant: "disc"; readonly payload: [number] }
  | { readonly variant: "nothing"; readonly payload: [] }
  | { readonly variant: "path"; readonly payload: [bigint, bigint, boolean] };

/** The payload of each variant of `figure`. */
export interface FigurePayloads {
  readonly box: readonly [Arg<RecordHF32WF32Type>];
  readonly disc: readonly [number];
  readonly nothing: readonly [];
  readonly path: readonly [number | bigint, number | bigint, boolean];
}

/** The result of `variant` for a `figure`. */
export type FigureInput = VariantInput<FigurePayloads>;

/** The type `figure`. */
export interface FigureType {
  readonly name: "figure";
  readonly value: Figure;
  readonly input: FigureInput;
  readonly payloads: FigurePayloads;
  readonly variants: {
    readonly box: [RecordHF32WF32Handle];
    readonly disc: [number];
    readonly nothing: [];
    readonly path: [bigint, bigint, boolean];
  };
}

/** Handle of a `figure` in Futhark's memory. */
export type FigureHandle = FutharkSum<FigureType>;

/** A `half_pair`, copied out of Futhark. */
export interface HalfPair {
  readonly a: number;
  readonly b: NdArray<"f16">;
}

/** The arguments accepted for a `half_pair`. */
export interface HalfPairInput {
  readonly a: number;
  readonly b: ArrayArg<"f16", 1>;
}

/** The type `half_pair`. */
export interface HalfPairType {
  readonly name: "half_pair";
  readonly value: HalfPair;
  readonly input: HalfPairInput;
  readonly fields: { readonly a: number; readonly b: FutharkArray<"f16", 1> };
}

/** Handle of a `half_pair` in Futhark's memory. */
export type HalfPairHandle = FutharkRecord<HalfPairType>;

/** A `holder`, copied out of Futhark. */
export interface Holder {
  readonly tag: number;
  readonly xs: NdArray<"i32">;
}

/** The arguments accepted for a `holder`. */
export interface HolderInput {
  readonly tag: number | bigint;
  readonly xs: ArrayArg<"i32", 1>;
}

/** The type `holder`. */
export interface HolderType {
  readonly name: "holder";
  readonly value: Holder;
  readonly input: HolderInput;
  readonly fields: { readonly tag: number; readonly xs: FutharkArray<"i32", 1> };
}

/** Handle of a `holder` in Futhark's memory. */
export type HolderHandle = FutharkRecord<HolderType>;

/** A `mark`, copied out of Futhark. */
export type Mark = [number, boolean];

/** The arguments accepted for a `mark`. */
export type MarkInput = readonly [number | bigint, boolean];

/** The type `mark`. */
export interface MarkType {
  readonly name: "mark";
  readonly value: Mark;
  readonly input: MarkInput;
  readonly fields: { readonly "0": number; readonly "1": boolean };
}

/** Handle of a `mark` in Futhark's memory. */
export type MarkHandle = FutharkRecord<MarkType>;

/** A `nest.leaf`, copied out of Futhark. */
export interface NestLeaf {
  readonly v: number;
}

/** The arguments accepted for a `nest.leaf`. */
export interface NestLeafInput {
  readonly v: number | bigint;
}

/** The type `nest.leaf`. */
export interface NestLeafType {
  readonly name: "nest.leaf";
  readonly value: NestLeaf;
  readonly input: NestLeafInput;
  readonly fields: { readonly v: number };
}

/** Handle of a `nest.leaf` in Futhark's memory. */
export type NestLeafHandle = FutharkRecord<NestLeafType>;

/** A `place`, copied out of Futhark. */
export interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** The arguments accepted for a `place`. */
export interface PlaceInput {
  readonly lat: number;
  readonly lon: number;
}

/** The type `place`. */
export interface PlaceType {
  readonly name: "place";
  readonly value: Place;
  readonly input: PlaceInput;
  readonly fields: { readonly lat: number; readonly lon: number };
}

/** Handle of a `place` in Futhark's memory. */
export type PlaceHandle = FutharkRecord<PlaceType>;

/** A `signal`, copied out of Futhark. */
export type Signal =
  | { readonly variant: "note"; readonly payload: [RecordNameU8ArrayPitchF32] }
  | { readonly variant: "silence"; readonly payload: [] }
  | { readonly variant: "wave"; readonly payload: [NdArray<"f32">, bigint] };

/** The payload of each variant of `signal`. */
export interface SignalPayloads {
  readonly note: readonly [Arg<RecordNameU8ArrayPitchF32Type>];
  readonly silence: readonly [];
  readonly wave: readonly [ArrayArg<"f32", 1>, number | bigint];
}

/** The result of `variant` for a `signal`. */
export type SignalInput = VariantInput<SignalPayloads>;

/** The type `signal`. */
export interface SignalType {
  readonly name: "signal";
  readonly value: Signal;
  readonly input: SignalInput;
  readonly payloads: SignalPayloads;
  readonly variants: {
    readonly note: [RecordNameU8ArrayPitchF32Handle];
    readonly silence: [];
    readonly wave: [FutharkArray<"f32", 1>, bigint];
  };
}

/** Handle of a `signal` in Futhark's memory. */
export type SignalHandle = FutharkSum<SignalType>;

/** A `trip`, copied out of Futhark. */
export interface Trip {
  readonly best: Figure;
  readonly home: Place;
  readonly name: NdArray<"u8">;
  readonly stops: PlaceArray;
}

/** The arguments accepted for a `trip`. */
export interface TripInput {
  readonly best: Arg<FigureType>;
  readonly home: Arg<PlaceType>;
  readonly name: ArrayArg<"u8", 1>;
  readonly stops: Arg<PlaceArrayType>;
}

/** The type `trip`. */
export interface TripType {
  readonly name: "trip";
  readonly value: Trip;
  readonly input: TripInput;
  readonly fields: {
    readonly best: FigureHandle;
    readonly home: PlaceHandle;
    readonly name: FutharkArray<"u8", 1>;
    readonly stops: PlaceArrayHandle;
  };
}

/** Handle of a `trip` in Futhark's memory. */
export type TripHandle = FutharkRecord<TripType>;

/** A `walk`, copied out of Futhark. */
export interface Walk {
  readonly at: bigint;
  readonly steps: NdArray<"i32">;
}

/** The arguments accepted for a `walk`. */
export interface WalkInput {
  readonly at: number | bigint;
  readonly steps: ArrayArg<"i32", 1>;
}

/** The type `walk`. */
export interface WalkType {
  readonly name: "walk";
  readonly value: Walk;
  readonly input: WalkInput;
  readonly fields: { readonly at: bigint; readonly steps: FutharkArray<"i32", 1> };
}

/** Handle of a `walk` in Futhark's memory. */
export type WalkHandle = FutharkRecord<WalkType>;

/** A `{count:i32, parts:{high:f32, low:f32}}`, copied out of Futhark. */
export interface RecordCountI32PartsRecordHighF32LowF32 {
  readonly count: number;
  readonly parts: RecordHighF32LowF32;
}

/** The arguments accepted for a `{count:i32, parts:{high:f32, low:f32}}`. */
export interface RecordCountI32PartsRecordHighF32LowF32Input {
  readonly count: number | bigint;
  readonly parts: Arg<RecordHighF32LowF32Type>;
}

/** The type `{count:i32, parts:{high:f32, low:f32}}`. */
export interface RecordCountI32PartsRecordHighF32LowF32Type {
  readonly name: "{count:i32, parts:{high:f32, low:f32}}";
  readonly value: RecordCountI32PartsRecordHighF32LowF32;
  readonly input: RecordCountI32PartsRecordHighF32LowF32Input;
  readonly fields: { readonly count: number; readonly parts: RecordHighF32LowF32Handle };
}

/** Handle of a `{count:i32, parts:{high:f32, low:f32}}` in Futhark's memory. */
export type RecordCountI32PartsRecordHighF32LowF32Handle = FutharkRecord<RecordCountI32PartsRecordHighF32LowF32Type>;

/** A `{h:f32, w:f32}`, copied out of Futhark. */
export interface RecordHF32WF32 {
  readonly h: number;
  readonly w: number;
}

/** The arguments accepted for a `{h:f32, w:f32}`. */
export interface RecordHF32WF32Input {
  readonly h: number;
  readonly w: number;
}

/** The type `{h:f32, w:f32}`. */
export interface RecordHF32WF32Type {
  readonly name: "{h:f32, w:f32}";
  readonly value: RecordHF32WF32;
  readonly input: RecordHF32WF32Input;
  readonly fields: { readonly h: number; readonly w: number };
}

/** Handle of a `{h:f32, w:f32}` in Futhark's memory. */
export type RecordHF32WF32Handle = FutharkRecord<RecordHF32WF32Type>;

/** A `{high:f32, low:f32}`, copied out of Futhark. */
export interface RecordHighF32LowF32 {
  readonly high: number;
  readonly low: number;
}

/** The arguments accepted for a `{high:f32, low:f32}`. */
export interface RecordHighF32LowF32Input {
  readonly high: number;
  readonly low: number;
}

/** The type `{high:f32, low:f32}`. */
export interface RecordHighF32LowF32Type {
  readonly name: "{high:f32, low:f32}";
  readonly value: RecordHighF32LowF32;
  readonly input: RecordHighF32LowF32Input;
  readonly fields: { readonly high: number; readonly low: number };
}

/** Handle of a `{high:f32, low:f32}` in Futhark's memory. */
export type RecordHighF32LowF32Handle = FutharkRecord<RecordHighF32LowF32Type>;

/** A `{name:[]u8, pitch:f32}`, copied out of Futhark. */
export interface RecordNameU8ArrayPitchF32 {
  readonly name: NdArray<"u8">;
  readonly pitch: number;
}

/** The arguments accepted for a `{name:[]u8, pitch:f32}`. */
export interface RecordNameU8ArrayPitchF32Input {
  readonly name: ArrayArg<"u8", 1>;
  readonly pitch: number;
}

/** The type `{name:[]u8, pitch:f32}`. */
export interface RecordNameU8ArrayPitchF32Type {
  readonly name: "{name:[]u8, pitch:f32}";
  readonly value: RecordNameU8ArrayPitchF32;
  readonly input: RecordNameU8ArrayPitchF32Input;
  readonly fields: { readonly name: FutharkArray<"u8", 1>; readonly pitch: number };
}

/** Handle of a `{name:[]u8, pitch:f32}` in Futhark's memory. */
export type RecordNameU8ArrayPitchF32Handle = FutharkRecord<RecordNameU8ArrayPitchF32Type>;

/** A `{tag:i32, xs:[]i32}`, copied out of Futhark. */
export interface RecordTagI32XsI32Array {
  readonly tag: number;
  readonly xs: NdArray<"i32">;
}

/** The arguments accepted for a `{tag:i32, xs:[]i32}`. */
export interface RecordTagI32XsI32ArrayInput {
  readonly tag: number | bigint;
  readonly xs: ArrayArg<"i32", 1>;
}

/** The type `{tag:i32, xs:[]i32}`. */
export interface RecordTagI32XsI32ArrayType {
  readonly name: "{tag:i32, xs:[]i32}";
  readonly value: RecordTagI32XsI32Array;
  readonly input: RecordTagI32XsI32ArrayInput;
  readonly fields: { readonly tag: number; readonly xs: FutharkArray<"i32", 1> };
}

/** Handle of a `{tag:i32, xs:[]i32}` in Futhark's memory. */
export type RecordTagI32XsI32ArrayHandle = FutharkRecord<RecordTagI32XsI32ArrayType>;

/** The entry points of the program. */
export interface Entries {
  /** `add_into (xs: *[]i32) (ys: []i32): *[]i32` */
  readonly add_into: Entry<[
    xs: ArrayArg<"i32", 1>,
    ys: ArrayArg<"i32", 1>,
  ], FutharkArray<"i32", 1>>;
  /** `alias (xs: []i32): []i32` */
  readonly alias: Entry<[xs: ArrayArg<"i32", 1>], FutharkArray<"i32", 1>>;
  /** `anonymous (x: i32): {count:i32, parts:{high:f32, low:f32}}` */
  readonly anonymous: Entry<[x: ScalarArg<"i32">], RecordCountI32PartsRecordHighF32LowF32Handle>;
  /** `area (f: figure): f32` */
  readonly area: Entry<[f: Arg<FigureType>], number>;
  /** `close: i32` */
  readonly close: Entry<[], number>;
  /** `constant_table: []i32` */
  readonly constant_table: Entry<[], FutharkArray<"i32", 1>>;
  /** `constructor (x: i32): i32` */
  readonly constructor: Entry<[x: ScalarArg<"i32">], number>;
  /** `count_marks (ms: [](i32, bool)): i64` */
  readonly count_marks: Entry<[ms: Arg<TupleI32BoolArrayType>], bigint>;
  /** `counter_next (c: counter): counter` */
  readonly counter_next: Entry<[c: Arg<CounterType>], CounterHandle>;
  /** `counter_start (x: i64): counter` */
  readonly counter_start: Entry<[x: ScalarArg<"i64">], CounterHandle>;
  /** `counter_total (c: counter): i64` */
  readonly counter_total: Entry<[c: Arg<CounterType>], bigint>;
  /** `figures (n: i64): []figure` */
  readonly figures: Entry<[n: ScalarArg<"i64">], FigureArrayHandle>;
  /** `flip_grid (ps: [][]place): [][]place` */
  readonly flip_grid: Entry<[ps: Arg<PlaceArray2Type>], PlaceArray2Handle>;
  /** `floats (a: f16) (b: f32) (c: f64) (d: bool): (f16, f32, f64, bool)` */
  readonly floats: Entry<[
    a: ScalarArg<"f16">,
    b: ScalarArg<"f32">,
    c: ScalarArg<"f64">,
    d: ScalarArg<"bool">,
  ], [number, number, number, boolean]>;
  /** `free (x: i32): i32` */
  readonly free: Entry<[x: ScalarArg<"i32">], number>;
  /** `fresh (n: i64): *[]i32` */
  readonly fresh: Entry<[n: ScalarArg<"i64">], FutharkArray<"i32", 1>>;
  /** `from_unit (_: ()): i32` */
  readonly from_unit: Entry<[_: Arg<UnitType>], number>;
  /** `halves (p: half_pair): half_pair` */
  readonly halves: Entry<[p: Arg<HalfPairType>], HalfPairHandle>;
  /** `hold_in_place (h: *{tag:i32, xs:[]i32}): *[]i32` */
  readonly hold_in_place: Entry<[h: Arg<RecordTagI32XsI32ArrayType>], FutharkArray<"i32", 1>>;
  /** `hold_overwrite (h: *holder): *holder` */
  readonly hold_overwrite: Entry<[h: Arg<HolderType>], HolderHandle>;
  /** `leaf (v: u8): nest.leaf` */
  readonly leaf: Entry<[v: ScalarArg<"u8">], NestLeafHandle>;
  /** `loudness (s: signal): f32` */
  readonly loudness: Entry<[s: Arg<SignalType>], number>;
  /** `mark (x: i32): mark` */
  readonly mark: Entry<[x: ScalarArg<"i32">], MarkHandle>;
  /** `marks (xs: []i32): []mark` */
  readonly marks: Entry<[xs: ArrayArg<"i32", 1>], MarkArrayHandle>;
  /** `middle (p: place) (q: place): place` */
  readonly middle: Entry<[p: Arg<PlaceType>, q: Arg<PlaceType>], PlaceHandle>;
  /** `north (ps: []place): f64` */
  readonly north: Entry<[ps: Arg<PlaceArrayType>], number>;
  /** `overwrite (xs: *[]i32) (v: i32): *[]i32` */
  readonly overwrite: Entry<[xs: ArrayArg<"i32", 1>, v: ScalarArg<"i32">], FutharkArray<"i32", 1>>;
  /** `place_grid (n: i64) (m: i64): [][]place` */
  readonly place_grid: Entry<[n: ScalarArg<"i64">, m: ScalarArg<"i64">], PlaceArray2Handle>;
  /** `places (n: i64): []place` */
  readonly places: Entry<[n: ScalarArg<"i64">], PlaceArrayHandle>;
  /** `prime' (x: i32): i32` */
  readonly "prime'": Entry<[x: ScalarArg<"i32">], number>;
  /** `same_figure (f: figure): figure` */
  readonly same_figure: Entry<[f: Arg<FigureType>], FigureHandle>;
  /** `scalars (a: i8) (b: i16) (c: i32) (d: i64) (e: u8) (f: u16) (g: u32) (h: u64): (i8, i16, i32, i64, u8, u16, u32, u64)` */
  readonly scalars: Entry<[
    a: ScalarArg<"i8">,
    b: ScalarArg<"i16">,
    c: ScalarArg<"i32">,
    d: ScalarArg<"i64">,
    e: ScalarArg<"u8">,
    f: ScalarArg<"u16">,
    g: ScalarArg<"u32">,
    h: ScalarArg<"u64">,
  ], [number, number, number, bigint, number, number, number, bigint]>;
  /** `swap (p: (i32, []f64)): ([]f64, i32)` */
  readonly swap: Entry<[p: Arg<TupleI32F64ArrayType>], [FutharkArray<"f64", 1>, number]>;
  /** `to_unit (_x: i32): ()` */
  readonly to_unit: Entry<[_x: ScalarArg<"i32">], []>;
  /** `total_area (fs: []figure): f32` */
  readonly total_area: Entry<[fs: Arg<FigureArrayType>], number>;
  /** `trip (n: i64): trip` */
  readonly trip: Entry<[n: ScalarArg<"i64">], TripHandle>;
  /** `trip_home (t: trip): f64` */
  readonly trip_home: Entry<[t: Arg<TripType>], number>;
  /** `twin (xs: []i32): ([]i32, []i32)` */
  readonly twin: Entry<[xs: ArrayArg<"i32", 1>], [FutharkArray<"i32", 1>, FutharkArray<"i32", 1>]>;
  /** `types (x: i32): i32` */
  readonly types: Entry<[x: ScalarArg<"i32">], number>;
  /** `unmark (m: mark): i32` */
  readonly unmark: Entry<[m: Arg<MarkType>], number>;
  /** `walk_end (w: walk): (i64, []i32)` */
  readonly walk_end: Entry<[w: Arg<WalkType>], [bigint, FutharkArray<"i32", 1>]>;
  /** `walk_start: walk` */
  readonly walk_start: Entry<[], WalkHandle>;
  /** `walk_step (w: walk) (d: i32): walk` */
  readonly walk_step: Entry<[w: Arg<WalkType>, d: ScalarArg<"i32">], WalkHandle>;
}

/** The types of the program other than scalars, by Futhark's name. */
export interface Types {
  readonly "()": RecordType<UnitType>;
  readonly "(i32, []f64)": RecordType<TupleI32F64ArrayType>;
  readonly "(i32, bool)": RecordType<TupleI32BoolType>;
  readonly "[](i32, bool)": RecordArrayType<TupleI32BoolArrayType>;
  readonly "[][]f64": ArrayType<"f64", 2>;
  readonly "[][]place": RecordArrayType<PlaceArray2Type>;
  readonly "[]bool": ArrayType<"bool", 1>;
  readonly "[]f16": ArrayType<"f16", 1>;
  readonly "[]f32": ArrayType<"f32", 1>;
  readonly "[]f64": ArrayType<"f64", 1>;
  readonly "[]figure": OpaqueArrayType<FigureArrayType>;
  readonly "[]i32": ArrayType<"i32", 1>;
  readonly "[]i64": ArrayType<"i64", 1>;
  readonly "[]mark": RecordArrayType<MarkArrayType>;
  readonly "[]place": RecordArrayType<PlaceArrayType>;
  readonly "[]u8": ArrayType<"u8", 1>;
  readonly counter: RecordType<CounterType>;
  readonly figure: SumType<FigureType>;
  readonly half_pair: RecordType<HalfPairType>;
  readonly holder: RecordType<HolderType>;
  readonly mark: RecordType<MarkType>;
  readonly "nest.leaf": RecordType<NestLeafType>;
  readonly place: RecordType<PlaceType>;
  readonly signal: SumType<SignalType>;
  readonly trip: RecordType<TripType>;
  readonly walk: RecordType<WalkType>;
  readonly "{count:i32, parts:{high:f32, low:f32}}": RecordType<RecordCountI32PartsRecordHighF32LowF32Type>;
  readonly "{h:f32, w:f32}": RecordType<RecordHF32WF32Type>;
  readonly "{high:f32, low:f32}": RecordType<RecordHighF32LowF32Type>;
  readonly "{name:[]u8, pitch:f32}": RecordType<RecordNameU8ArrayPitchF32Type>;
  readonly "{tag:i32, xs:[]i32}": RecordType<RecordTagI32XsI32ArrayType>;
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
  return locateProgram(import.meta.url, "../programs/types.fut");
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
