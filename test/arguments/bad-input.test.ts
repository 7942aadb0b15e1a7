import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as arrow from "apache-arrow";
import type {
  FutharkArray,
  FutharkErrorCode,
  FutharkModule,
  FutharkOpaqueArray,
  FutharkRecord,
  FutharkSum,
} from "../../ts/index.ts";
import { nd, open, variant } from "../../ts/index.ts";
import { BACKENDS, programPath } from "../support/programs.ts";

/** The open modules that a case may use. */
interface Modules {
  readonly identity: FutharkModule;
  readonly errors: FutharkModule;
  readonly types: FutharkModule;
}

/** A description, a call that has to be rejected, the message; and the code, if it differs. */
type Case = [
  what: string,
  call: (modules: Modules) => Promise<unknown>,
  message: RegExp,
  code?: FutharkErrorCode,
];

const CLASSES: Readonly<Record<FutharkErrorCode, string>> = {
  "program-error": "ProgramError",
  "out-of-memory": "OutOfMemoryError",
  "bad-argument": "ArgumentError",
  freed: "ValueStateError",
  consumed: "ValueStateError",
  "wrong-module": "ValueStateError",
  "worker-exit": "WorkerExitError",
  build: "BuildError",
  protocol: "ProtocolError",
  timeout: "TimeoutError",
  aborted: "AbortError",
  python: "PythonError",
};

/** A typed array whose buffer went elsewhere. */
function detached(): Int32Array {
  const array = Int32Array.of(1, 2, 3);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** A typed array whose buffer has become too short for it. */
function shrunk(): Int32Array {
  // TypeScript's library does not know resizable buffers yet; Node 20 does.
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: object,
  ) => ArrayBuffer & { resize(length: number): void };
  const buffer = new Resizable(8, { maxByteLength: 8 });
  const array = new Int32Array(buffer, 0, 2);
  buffer.resize(4);
  return array;
}

function* generator(): Generator<number> {
  yield 1;
}

/** An argument that `id_ELEMTYPE_RANK` refuses. */
function identity(name: string, what: string, value: unknown, message: string): Case {
  const entry = `id_${name}`;
  const pattern = new RegExp(`^${entry} argument 1 \\(x\\)${message}`);
  return [`${what} for ${name}`, ({ identity }) => identity.entry[entry](value), pattern];
}

const scalars: Case[] = [
  identity("i32_0", "a fraction", 1.5, ": expected i32, got the number 1.5$"),
  identity("i32_0", "NaN", Number.NaN, ": expected i32, got the number NaN$"),
  identity("u8_0", "infinity", Infinity, ": expected u8, got the number Infinity$"),
  identity("i8_0", "128", 128, ": 128 is out of range for i8 \\(-128 to 127\\)$"),
  identity("i8_0", "-129", -129, ": -129 is out of range for i8"),
  identity("i8_0", "300", 300, ": 300 is out of range for i8"),
  identity("i8_0", "the bigint 128", 128n, ": 128 is out of range for i8"),
  identity("i16_0", "2^15", 2 ** 15, ": 32768 is out of range for i16"),
  identity("i32_0", "2^31", 2 ** 31, ": 2147483648 is out of range for i32"),
  identity("i64_0", "2^63", 2n ** 63n, ": 9223372036854775808 is out of range for i64"),
  identity("i64_0", "-2^63 - 1", -(2n ** 63n) - 1n, ": -9223372036854775809 is out of range"),
  identity("u8_0", "256", 256, ": 256 is out of range for u8 \\(0 to 255\\)$"),
  identity("u16_0", "2^16", 2 ** 16, ": 65536 is out of range for u16"),
  identity("u32_0", "2^32", 2 ** 32, ": 4294967296 is out of range for u32"),
  identity("u32_0", "-1", -1, ": -1 is out of range for u32"),
  identity("u64_0", "2^64", 2n ** 64n, ": 18446744073709551616 is out of range for u64"),
  identity("u64_0", "-1", -1n, ": -1 is out of range for u64"),
  identity("i64_0", "2^53 + 1 as a number", 2 ** 53 + 1, ": .*9007199254740992.* pass a bigint$"),
  identity("f64_0", "a bigint", 1n, ": expected f64, got the bigint 1n$"),
  identity("i32_0", "a boolean", true, ": expected i32, got the boolean true$"),
  identity("bool_0", "a number", 1, ": expected bool, got the number 1$"),
  identity("i32_0", "a string", "1", ": expected i32, got '1'$"),
  identity("f32_0", "an empty string", "", ": expected f32, got ''$"),
  identity("f64_0", "null", null, ": expected f64, got null$"),
  identity("f64_0", "undefined", undefined, ": expected f64, got undefined$"),
  identity(
    "f64_0",
    "an object with valueOf",
    { valueOf: () => 1 },
    ": expected f64, got \\{ valueOf",
  ),
  identity("f64_0", "a Date", new Date(0), ": expected f64, got 1970"),
  identity("f64_0", "an array", [1], ": expected f64, got \\[ 1 \\]$"),
  identity("f64_0", "a function", () => 1, ": expected f64, got a function$"),
  identity("f64_0", "a symbol", Symbol("s"), ": expected f64, got Symbol\\(s\\)$"),
  identity("f32_0", "3.5e38", 3.5e38, ": 3.5e\\+38 is out of range for f32$"),
  identity("f16_0", "65520", 65520, ": 65520 is out of range for f16$"),
  identity(
    "i32_0",
    "a plain Promise",
    Promise.resolve(1),
    ": expected i32, got a Promise \\(await it first\\)$",
  ),
];

const arrays: Case[] = [
  identity(
    "f32_1",
    "Float64Array",
    Float64Array.of(1),
    ": expected \\[\\]f32, got Float64Array of length 1$",
  ),
  identity(
    "i8_1",
    "Uint8Array",
    Uint8Array.of(1),
    ": expected \\[\\]i8, got Uint8Array of length 1$",
  ),
  identity(
    "u64_1",
    "BigInt64Array",
    BigInt64Array.of(1n),
    ": expected \\[\\]u64, got BigInt64Array of length 1$",
  ),
  identity(
    "f64_2",
    "a typed array",
    Float64Array.of(1),
    ": expected \\[\\]\\[\\]f64, got Float64Array of length 1: pass its shape with nd\\(data, shape\\)$",
  ),
  identity(
    "f64_2",
    "nd of rank 1",
    nd(Float64Array.of(1)),
    ": expected \\[\\]\\[\\]f64, got f64 of shape \\[1\\]",
  ),
  identity(
    "f64_1",
    "nd of another elemtype",
    nd(Int8Array.of(1)),
    ": expected \\[\\]f64, got i8 of shape \\[1\\]",
  ),
  identity(
    "f16_1",
    "nd of u16",
    nd(Uint16Array.of(1)),
    ": expected \\[\\]f16, got u16 of shape \\[1\\]",
  ),
  identity("i32_2", "ragged rows", [[1, 2], [3]], "\\[1\\]: expected 2 elements, .* got 1$"),
  // biome-ignore lint/suspicious/noSparseArray: it is the point
  identity("i32_1", "an array with a hole", [1, , 3], "\\[1\\]: expected i32, got undefined$"),
  identity("i32_1", "an array too deep", [[1]], "\\[0\\]: expected i32, got an array of length 1$"),
  identity("i32_2", "an array too shallow", [1], "\\[0\\]: expected \\[\\]i32, got the number 1$"),
  identity("i32_1", "a string within", [1, "2"], '\\[1\\]: expected i32, got the string "2"$'),
  identity(
    "i32_2",
    "a fraction within",
    [[1], [1.5]],
    "\\[1\\]\\[0\\]: expected i32, got the number 1.5$",
  ),
  identity("i8_1", "300 within", [1, 300], "\\[1\\]: expected i8 .*, got the number 300$"),
  identity("i64_1", "2^53 within", [2 ** 53], "\\[0\\]: expected i64 as a bigint"),
  identity("f32_1", "a bigint within", [1n], "\\[0\\]: expected f32, got the bigint 1n$"),
  identity(
    "bool_1",
    "a number within",
    [true, 1],
    "\\[1\\]: expected a boolean, got the number 1$",
  ),
  identity("f32_1", "an overflow within", [3.5e38], "\\[0\\]: expected f32 in range"),
  identity(
    "f32_2",
    "typed arrays of another kind within",
    [Float64Array.of(1)],
    "\\[0\\]: expected \\[\\]f32, got Float64Array",
  ),
  identity(
    "u8_1",
    "a DataView",
    new DataView(new ArrayBuffer(2)),
    ": expected \\[\\]u8, got DataView",
  ),
  identity("u8_1", "an ArrayBuffer", new ArrayBuffer(2), ": expected \\[\\]u8, got ArrayBuffer"),
  identity("u8_1", "a plain object", { a: 1 }, ": expected \\[\\]u8, got \\{ a: 1 \\}$"),
  identity(
    "u8_1",
    "what only looks like an array",
    { length: 1, 0: 1 },
    ": expected \\[\\]u8, got \\{",
  ),
  identity("u8_1", "a Map", new Map([[0, 1]]), ": expected \\[\\]u8, got Map\\(1\\)"),
  identity("u8_1", "a Set", new Set([1]), ": expected \\[\\]u8, got Set\\(1\\)"),
  identity("u8_1", "a generator", generator(), ": expected \\[\\]u8, got Object \\[Generator\\]"),
  identity("u8_1", "a string", "12", ": expected \\[\\]u8, got '12'$"),
  identity("u8_1", "a number", 12, ": expected \\[\\]u8, got the number 12$"),
  identity("u8_1", "null", null, ": expected \\[\\]u8, got null$"),
  identity("u8_1", "undefined", undefined, ": expected \\[\\]u8, got undefined$"),
  identity("u8_1", "a function", () => [1], ": expected \\[\\]u8, got a function$"),
  identity(
    "u8_1",
    "a plain Promise",
    Promise.resolve([1]),
    ": expected \\[\\]u8, got a Promise \\(await it first\\)$",
  ),
  identity("i32_1", "a detached buffer", detached(), ": the buffer of the Int32Array is detached$"),
  identity(
    "i32_1",
    "a buffer that was shrunk",
    shrunk(),
    ": the buffer of the Int32Array is detached$",
  ),
  identity(
    "i32_1",
    "an n-d array whose buffer was detached",
    nd3(),
    ": the buffer of the Int32Array is detached$",
  ),
  identity(
    "bool_1",
    "a byte of 2",
    Uint8Array.of(1, 2),
    ": expected bytes of 0 and 1 for bool, got 2 at 1$",
  ),
  identity(
    "i32_1",
    "an Arrow vector with nulls",
    arrow.vectorFromArray([1, null], new arrow.Int32()),
    ": .*null",
  ),
  identity("i32_1", "an Arrow vector of text", arrow.vectorFromArray(["a"]), ": "),
  identity(
    "i32_1",
    "an Arrow vector of another elemtype",
    arrow.makeVector(Int8Array.of(1)),
    ": expected \\[\\]i32, got ",
  ),
];

function nd3() {
  const data = Int32Array.of(1, 2, 3);
  const array = nd(data);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  return array;
}

const place = { lat: 1, lon: 2 };
const structures: Case[] = [
  [
    "a missing field",
    ({ types }) => types.entry.middle({ lat: 1 }, place),
    /^middle argument 1 \(p\): field lon of place is missing$/,
  ],
  [
    "an unknown field",
    ({ types }) => types.entry.middle(place, { ...place, z: 1 }),
    /^middle argument 2 \(q\): place has no field z$/,
  ],
  [
    "a field of the wrong kind",
    ({ types }) => types.entry.middle({ lat: "1", lon: 2 }, place),
    /^middle argument 1 \(p\)\.lat: expected f64, got '1'$/,
  ],
  [
    "a number for a record",
    ({ types }) => types.entry.middle(7, place),
    /^middle argument 1 \(p\): expected place, got the number 7$/,
  ],
  [
    "a Map for a record",
    ({ types }) => types.entry.middle(new Map(), place),
    /^middle argument 1 \(p\): expected place, got Map/,
  ],
  [
    "an array for a record",
    ({ types }) => types.entry.middle([1, 2], place),
    /^middle argument 1 \(p\): expected place, got \[ 1, 2 \]$/,
  ],
  [
    "a tuple of the wrong length",
    ({ types }) => types.entry.swap([1]),
    /^swap argument 1 \(p\): expected 2 values for \(i32, \[\]f64\), got 1$/,
  ],
  [
    "an array in a tuple of the wrong kind",
    ({ types }) => types.entry.swap([1, Int8Array.of(1)]),
    /^swap argument 1 \(p\)\.1: expected \[\]f64, got Int8Array of length 1$/,
  ],
  [
    "an unknown variant",
    ({ types }) => types.entry.area(variant("cone", 1)),
    /^area argument 1 \(f\): expected one of .*#disc.*, got #cone$/,
  ],
  [
    "a variant with too little",
    ({ types }) => types.entry.area(variant("path", 1n)),
    /^area argument 1 \(f\): expected 3 values for #path \(i64, i64, bool\), got 1$/,
  ],
  [
    "a variant with a wrong payload",
    ({ types }) => types.entry.area(variant("disc", "x")),
    /^area argument 1 \(f\) #disc 1: expected f32, got 'x'$/,
  ],
  [
    "an object for a sum",
    ({ types }) => types.entry.area({ disc: 1 }),
    /^area argument 1 \(f\): expected \S+, got \{ disc: 1 \}$/,
  ],
  [
    "an array of records with one that lacks a field",
    ({ types }) => types.entry.north([place, { lat: 1 }]),
    /^north argument 1 \(ps\)\[1\]: field lon of place is missing$/,
  ],
  [
    "an array of records with a wrong value",
    ({ types }) => types.entry.north([place, { lat: 1, lon: true }]),
    /^north argument 1 \(ps\)\.lon\[1\]: expected f64, got /,
  ],
  [
    "a hole among records",
    // biome-ignore lint/suspicious/noSparseArray: what is tested
    ({ types }) => types.entry.north([, place]),
    /^north argument 1 \(ps\)\[0\]: expected place, got undefined$/,
  ],
  [
    "a field too many among columns",
    ({ types }) => types.types["[]place"].zip({ lat: [1], lon: [1], alt: [1] }),
    /^\[\]place zip: .*no field alt \(did you mean lat\?\)$/,
  ],
  [
    "options of a call that are none",
    async ({ types }) => types.entry.north.with(null)([]),
    /^north: expected with\(\) to be called with an object of signal and timeoutMs, got null$/,
  ],
  [
    "a shape that is not an array",
    async ({ types }) => types.alloc("f32", 3 as never),
    /^alloc: expected a shape as an array of sizes, got the number 3$/,
  ],
  [
    "ragged rows of records",
    ({ types }) => types.entry.flip_grid([[place], []]),
    /^flip_grid argument 1 \(ps\): expected rows of equal length at level 1, got 1 and 0$/,
  ],
  [
    "a structure of arrays of different sizes",
    ({ types }) => types.entry.north({ lat: [1, 2], lon: [1] }),
    /^north argument 1 \(ps\): \[\]place.zip: Cannot zip arrays with different shapes; got .*\[2\].*\[1\]/,
  ],
  [
    "a handle of another type",
    async ({ types }) => types.entry.north(await types.entry.fresh(2n)),
    /^north argument 1 \(ps\): expected \[\]place, got a \[\]i32 of shape \[2\]$/,
  ],
  [
    "a pending call of another type",
    ({ types }) => types.entry.north(types.entry.fresh(2n)),
    /^north argument 1 \(ps\): expected \[\]place, got a pending call of type \[\]i32$/,
  ],
  [
    "a pending call with several results",
    ({ types }) => types.entry.alias(types.entry.twin([1])),
    /^alias argument 1 \(xs\): expected \[\]i32, got a pending call/,
  ],
  [
    "a pending array for a scalar",
    ({ types }) => types.entry.mark(types.entry.fresh(1n)),
    /^mark argument 1 \(x\): expected i32, got a \[\]i32 of shape \[1\]$/,
  ],
  [
    "a pending scalar for an array",
    ({ types }) => types.entry.alias(types.entry.unmark([1, true])),
    /^alias argument 1 \(xs\): expected \[\]i32, got a pending call$/,
  ],
  [
    "a pending scalar out of range",
    ({ types }) => types.entry.leaf(types.entry.unmark([300, true])),
    /^leaf argument 1 \(v\): 300 is out of range for u8/,
  ],
];

const calls: Case[] = [
  [
    "too few arguments",
    ({ errors }) => errors.entry.dot([1]),
    /^dot: expected 2 arguments \(xs: \[\]f32, ys: \[\]f32\), got 1$/,
  ],
  [
    "too many arguments",
    ({ errors }) => errors.entry.positive(1, 2),
    /^positive: expected 1 arguments \(x: i32\), got 2$/,
  ],
  [
    "an entry point that is not there",
    async ({ errors }) => errors.entry.nope(1),
    /^the program has no entry point nope; it has add_to, /,
  ],
  [
    "an entry point of another case",
    async ({ errors }) => errors.entry.Positive(1),
    /^the program has no entry point Positive/,
  ],
  [
    "a type that is not there",
    async ({ errors }) => errors.types.nope,
    /^the program has no type nope; it has /,
  ],
  [
    "toFuthark of a type that is not there",
    ({ errors }) => errors.toFuthark("[]f16", [1]),
    /^the program has no type \[\]f16/,
  ],
  [
    "toFuthark of wrong data",
    ({ errors }) => errors.toFuthark("[]f32", "x"),
    /^\[\]f32 new: expected \[\]f32, got 'x'$/,
  ],
  [
    "fromFuthark of something other than a handle",
    ({ errors }) => errors.fromFuthark([1]),
    /^fromFuthark argument 1: expected a handle, got \[ 1 \]$/,
  ],
  [
    "a field that is missing within plain data",
    ({ types }) => types.entry.counter_next({ count: 1n }),
    /^counter_next argument 1 \(c\): field seen of counter is missing$/,
  ],
  [
    "two arrays of different sizes",
    ({ errors }) => errors.entry.dot([1, 2], [1]),
    /^dot: .*sizes.* got xs: \[\]f32 of shape \[2\], ys: \[\]f32 of shape \[1\]$/,
  ],
  [
    "inner sizes that differ",
    ({ errors }) => errors.entry.matmul([[1, 2]], [[1]]),
    /^matmul: .*sizes.*\[1, 2\].*\[1, 1\]$/,
  ],
  [
    "a size that the program fixes",
    ({ errors }) => errors.entry.cross([1, 2, 3], [1, 2]),
    /^cross: .*sizes.*\[3\].*\[2\]$/,
  ],
  [
    "too few indices",
    async ({ types }) => ((await types.entry.place_grid(2n, 2n)) as FutharkOpaqueArray).at(1),
    /^\[\]\[\]corner at: expected 2 indices for shape \[2, 2\], got 1$/,
  ],
  [
    "a timeout below 0",
    async ({ errors }) => errors.entry.positive.with({ timeoutMs: -1 }),
    /^positive: expected timeoutMs to be a number of 0 or more, got -1$/,
  ],
  [
    "a timeout of NaN",
    async ({ errors }) => errors.entry.positive.with({ timeoutMs: Number.NaN }),
    /^positive: expected timeoutMs/,
  ],
  [
    "a signal that is none",
    async ({ errors }) => errors.entry.positive.with({ signal: {} as AbortSignal }),
    /^positive: expected signal to be an AbortSignal/,
  ],
  [
    "an option of a call that is not there",
    async ({ errors }) => errors.entry.positive.with({ timeout: 1 }),
    /^positive: unknown option timeout; known are signal, timeoutMs \(did you mean timeoutMs\?\)$/,
  ],
];

/** What is wrong with a use of an array with two elements. */
function onArray(
  what: string,
  use: (array: FutharkArray) => Promise<unknown>,
  message: RegExp,
): Case {
  return [what, async ({ errors }) => use(await errors.entry.same([1, 2])), message];
}

const handles: Case[] = [
  onArray(
    "an index out of bounds",
    (array) => array.at(2),
    /^\[\]i32 at: expected index 0 to be an integer in 0\.\.1, got 2 \(shape \[2\]\)$/,
  ),
  onArray("an index below 0", (array) => array.at(-1), /^\[\]i32 at: expected index 0 .*got -1/),
  onArray(
    "a fraction as an index",
    (array) => array.at(0.5),
    /^\[\]i32 at: expected index 0 .*got 0.5/,
  ),
  onArray(
    "an index too many",
    (array) => array.at(0, 0),
    /^\[\]i32 at: expected 1 indices for shape \[2\], got 2$/,
  ),
  [
    "a freed array",
    async ({ errors }) => {
      const xs = await errors.entry.same([1]);
      xs.free();
      return errors.entry.same(xs);
    },
    /^same argument 1 \(xs\): the value of type \[\]i32 was freed$/,
    "freed",
  ],
  [
    "values of a freed array",
    async ({ errors }) => {
      const xs = await errors.entry.same([1]);
      xs.free();
      return xs.values();
    },
    /^\[\]i32 values: the value of type \[\]i32 was freed$/,
    "freed",
  ],
  [
    "a consumed array",
    async ({ errors }) => {
      const xs = await errors.entry.same([1]);
      await errors.entry.put(xs, 0n, 1);
      return errors.entry.same(xs);
    },
    /^same argument 1 \(xs\): the value of type \[\]i32 was consumed by put$/,
    "consumed",
  ],
  [
    "values of a consumed array",
    async ({ errors }) => {
      const xs = await errors.entry.same([1]);
      await errors.entry.put(xs, 0n, 1);
      return xs.values();
    },
    /^\[\]i32 values: the value of type \[\]i32 was consumed by put$/,
    "consumed",
  ],
  [
    "an array consumed by a call that failed",
    async ({ errors }) => {
      const xs = await errors.entry.same([1]);
      await assert.rejects(errors.entry.put(xs, 9n, 1));
      return xs.values();
    },
    /consumed by put$/,
    "consumed",
  ],
  [
    "an array that is consumed twice at once",
    async ({ errors }) => {
      const xs = await errors.entry.same([1]);
      void errors.entry.put(xs, 0n, 1);
      return errors.entry.put(xs, 0n, 2);
    },
    /^put argument 1 \(xs\): .* consumed by put$/,
    "consumed",
  ],
  [
    "a handle of another module",
    async ({ errors, types }) => errors.entry.same(await types.entry.fresh(1n)),
    /^same argument 1 \(xs\): the value of type \[\]i32 belongs to another module$/,
    "wrong-module",
  ],
  [
    "a pending call of another module",
    ({ errors, types }) => errors.entry.same(types.entry.fresh(1n)),
    /^same argument 1 \(xs\): the value of type \[\]i32 belongs to another module$/,
    "wrong-module",
  ],
  [
    "a field that is not there",
    async ({ types }) => ((await types.entry.middle(place, place)) as FutharkRecord).project("z"),
    /^place project: expected one of lat, lon, got z$/,
  ],
  [
    "a variant that it is not",
    async ({ types }) =>
      ((await types.entry.same_figure(variant("disc", 1))) as FutharkSum).destruct("box"),
    /destruct: expected #box, the value is #disc$/,
  ],
  [
    "a variant that is not there",
    async ({ types }) =>
      ((await types.entry.same_figure(variant("disc", 1))) as FutharkSum).destruct("cone"),
    /destruct: expected one of .*, got cone$/,
  ],
  [
    "construct of a type that is not a sum",
    ({ types }) => types.types.place.construct("disc", 1),
    /^place construct: expected a sum type, place is record$/,
  ],
  [
    "zip of a type that is not an array",
    ({ types }) => types.types.place.zip({ lat: [1], lon: [1] }),
    /^place zip: expected an array of records, place is record$/,
  ],
  [
    "stored bytes that are none",
    ({ types }) => types.types.place.restore("text"),
    /^place restore: expected a Uint8Array, got string$/,
  ],
  [
    "stored bytes that are empty",
    ({ types }) => types.types.place.restore(new Uint8Array(0)),
    /^place.restore: /,
  ],
  [
    "stored bytes that are cut off",
    async ({ types }) => types.types.place.restore((await stored(types)).subarray(0, -1)),
    /^place.restore: /,
  ],
  [
    "stored bytes of which one bit changed",
    async ({ types }) =>
      types.types.place.restore(
        (await stored(types)).map((byte, i) => (i === 90 ? byte ^ 1 : byte)),
      ),
    /^place.restore: /,
  ],
  [
    "stored bytes of another type",
    async ({ types }) => types.types.mark.restore(await stored(types)),
    /^\S.*restore: /,
  ],
  [
    "restore of an array of scalars",
    ({ types }) => types.types["[]i32"].restore(new Uint8Array(9)),
    /^\[\]i32 restore: arrays of scalars/,
  ],
];

async function stored(types: FutharkModule): Promise<Uint8Array> {
  return ((await types.entry.middle(place, place)) as FutharkRecord).store();
}

const program: Case[] = [
  [
    "an assertion that fails",
    ({ errors }) => errors.entry.positive(-1),
    /^positive: Error: Assertion is false: \(x > 0\)/,
    "program-error",
  ],
  [
    "an assertion in a function of its own",
    ({ errors }) => errors.entry.root(-1),
    /^root: Error: Assertion is false/,
    "program-error",
  ],
  [
    "an index out of bounds",
    ({ errors }) => errors.entry.element([1], 5n),
    /^element: Error: Index \[5\] out of bounds for array of shape \[1\]/,
    "program-error",
  ],
  [
    "a slice out of bounds",
    ({ errors }) => errors.entry.slice([1, 2], 1n, 4n),
    /^slice: Error: Index \[1:4\] out of bounds/,
    "program-error",
  ],
  [
    "a division by zero",
    ({ errors }) => errors.entry.div_mod(1, 0),
    /^div_mod: Error: division by zero/,
    "program-error",
  ],
  [
    "a division by zero within a map",
    ({ errors }) => errors.entry.reciprocals([1, 0]),
    /^reciprocals: Error: division by zero/,
    "program-error",
  ],
  [
    "a size that the program asserts",
    ({ errors }) => errors.entry.coerce(3n, [1]),
    /^coerce: Error: .*3/s,
    "program-error",
  ],
  [
    "a negative size",
    ({ errors }) => errors.entry.allocate(-1n),
    /^allocate: Error: /,
    "program-error",
  ],
  [
    "more memory than there is",
    ({ errors }) => errors.entry.scratch(2n ** 50n),
    /^scratch: .*[Aa]llocat/,
    "out-of-memory",
  ],
];

for (const backend of BACKENDS) {
  let modules: Modules;
  before(async () => {
    const [identity, errors, types] = await Promise.all(
      ["identity", "errors", "types"].map((name) => open(programPath(name), { backend })),
    );
    modules = { identity, errors, types } as Modules;
  });
  after(() => Promise.all(Object.values(modules).map((fut: FutharkModule) => fut.close())));

  for (const [what, call, message, code = "bad-argument"] of [
    ...scalars,
    ...arrays,
    ...structures,
    ...calls,
    ...handles,
    ...program,
  ]) {
    test(`${backend}: ${what} is refused, and the module still works`, async () => {
      // A method that throws at once, instead of rejecting, fails this too.
      await assert.rejects(call(modules), (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.stack);
        assert.equal(error.name, CLASSES[code]);
        assert.match(error.message, message);
        return true;
      });
      assert.equal(await modules.identity.entry.id_i8_0(5), 5);
      assert.equal(await modules.errors.entry.positive(3), 3);
      assert.equal(await modules.types.entry.types(1), 2);
    });
  }

  test(`${backend}: a program's error has its status and its backtrace`, async () => {
    await assert.rejects(modules.errors.entry.element([1], 5n), {
      name: "ProgramError",
      status: 2,
      backtrace: /errors\.fut:\d+:\d+/,
    });
  });
}
