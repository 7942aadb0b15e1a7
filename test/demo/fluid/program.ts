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
  type FutharkPool,
  type FutharkRecord,
  locateProgram,
  type NdArray,
  type OpenOptions,
  open as openModule,
  openPool as openModulePool,
  openSync as openModuleSync,
  type PoolOptions,
  type RecordType,
  type ScalarArg,
} from "futhark-bridge";

/** A `settings`, copied out of Futhark. */
export interface Settings {
  readonly decay: number;
  readonly dt: number;
  readonly swirl: number;
  readonly viscosity: number;
}

/** What a `settings` is made of. */
export interface SettingsInput {
  readonly decay: number;
  readonly dt: number;
  readonly swirl: number;
  readonly viscosity: number;
}

/** The type `settings`. */
export interface SettingsType {
  readonly name: "settings";
  readonly value: Settings;
  readonly input: SettingsInput;
  readonly fields: {
    readonly decay: number;
    readonly dt: number;
    readonly swirl: number;
    readonly viscosity: number;
  };
}

/** A `settings` that Futhark holds. */
export type SettingsHandle = FutharkRecord<SettingsType>;

/** A `state`, copied out of Futhark. */
export interface State {
  readonly b: NdArray<"f32">;
  readonly g: NdArray<"f32">;
  readonly p: NdArray<"f32">;
  readonly r: NdArray<"f32">;
  readonly u: NdArray<"f32">;
  readonly v: NdArray<"f32">;
}

/** What a `state` is made of. */
export interface StateInput {
  readonly b: ArrayArg<"f32", 2>;
  readonly g: ArrayArg<"f32", 2>;
  readonly p: ArrayArg<"f32", 2>;
  readonly r: ArrayArg<"f32", 2>;
  readonly u: ArrayArg<"f32", 2>;
  readonly v: ArrayArg<"f32", 2>;
}

/** The type `state`. */
export interface StateType {
  readonly name: "state";
  readonly value: State;
  readonly input: StateInput;
  readonly fields: {
    readonly b: FutharkArray<"f32", 2>;
    readonly g: FutharkArray<"f32", 2>;
    readonly p: FutharkArray<"f32", 2>;
    readonly r: FutharkArray<"f32", 2>;
    readonly u: FutharkArray<"f32", 2>;
    readonly v: FutharkArray<"f32", 2>;
  };
}

/** A `state` that Futhark holds. */
export type StateHandle = FutharkRecord<StateType>;

/** The entry points of the program. */
export interface Entries {
  /** `draw (s: state): [][][]u8` */
  readonly draw: Entry<[s: Arg<StateType>], FutharkArray<"u8", 3>>;
  /** `start (h: i64) (w: i64): state` */
  readonly start: Entry<[h: ScalarArg<"i64">, w: ScalarArg<"i64">], StateHandle>;
  /** `step (o: settings) (strokes: [][]f32) (s: state): state` */
  readonly step: Entry<[
    o: Arg<SettingsType>,
    strokes: ArrayArg<"f32", 2>,
    s: Arg<StateType>,
  ], StateHandle>;
}

/** The types of the program other than scalars, by Futhark's name. */
export interface Types {
  readonly "[][][]u8": ArrayType<"u8", 3>;
  readonly "[][]f32": ArrayType<"f32", 2>;
  readonly settings: RecordType<SettingsType>;
  readonly state: RecordType<StateType>;
}

/** The program, opened. */
export type Module = FutharkModule<Entries, Types>;

/** The program, opened in several workers. */
export type Pool = FutharkPool<Entries, Types>;

/** The program in another process. */
export type Attached = AttachedModule<Entries, Types>;

/** How the program is opened. */
export interface Options extends OpenOptions {
  /** The program's module, where it is not at its place. */
  readonly module?: string | URL;
}

/** The program, where it was put; by its place in the project if this file was moved. */
function program(): string {
  return locateProgram(import.meta.url, "../../programs/fluid.fut", "test/programs/fluid.fut");
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
