// Wrong uses of bindings: each line after the comment must be an error, or tsc says that it is not.
import { nd, variant } from "futhark-bridge";
import type { Module as Newer } from "./new-form.ts";
import type { Module as Odd } from "./odd-names.ts";
import { type Module, openSync, type Pool } from "./old-form.ts";

export async function pending(fut: Module): Promise<void> {
  // @ts-expect-error: an array has no fields
  fut.entry.fresh(3).project("lat");
  // @ts-expect-error: a scalar has no methods
  fut.entry.area({ variant: "nothing", payload: [] }).values();
  // @ts-expect-error: the record has no such field
  fut.entry.middle({ lat: 1, lon: 2 }, { lat: 3, lon: 4 }).project("alt");
  const [ys] = fut.entry.swap([1, new Float64Array(2)]);
  // @ts-expect-error: of another elemtype
  await fut.entry.alias(ys);
}

export async function scalars(fut: Module): Promise<void> {
  // @ts-expect-error: a string is not a number
  await fut.entry.types("1");
  // @ts-expect-error: nor is a boolean
  await fut.entry.types(true);
  // @ts-expect-error: a bigint is not a float
  await fut.entry.floats(1n, 2, 3, true);
  // @ts-expect-error: 1 is not a bool
  await fut.entry.floats(1, 2, 3, 1);
  // @ts-expect-error: an argument is missing
  await fut.entry.floats(1, 2, 3);
  // @ts-expect-error: there is one too many
  await fut.entry.types(1, 2);
  // @ts-expect-error: a promise that is not a call of the program has to be awaited
  await fut.entry.types(Promise.resolve(1));
  // @ts-expect-error: a call that returns an array is not a number
  await fut.entry.types(fut.entry.fresh(1));
  // @ts-expect-error: there is no such entry point
  await fut.entry.tpyes(1);
}

export async function arrays(fut: Module, newer: Newer): Promise<void> {
  const f64 = await fut.types["[]f64"].new([1]);
  const i32 = await fut.types["[]i32"].new([1]);
  // @ts-expect-error: i32 is wanted, f64 given
  await fut.entry.alias(f64);
  // @ts-expect-error: the same for a pending call
  await fut.entry.alias(fut.types["[]f64"].new([1]));
  // @ts-expect-error: one dimension is wanted, two given
  await newer.entry.dot(newer.types["[][]f32"].new([[1]]), [1]);
  // @ts-expect-error: three dimensions are wanted, one given
  await newer.entry.cube([1, 2]);
  // @ts-expect-error: four levels for three dimensions
  await newer.entry.cube([[[[1]]]]);
  // @ts-expect-error: typed arrays match exactly
  await fut.entry.alias(new Float32Array(3));
  // @ts-expect-error: so do n-d arrays
  await fut.entry.alias(nd(new Float64Array(3), [3]));
  // @ts-expect-error: f16 is f16, whatever holds its bits
  await newer.entry.cube(nd(new Uint16Array(3), [3, 1, 1], "f16"));
  // @ts-expect-error: and those of other libraries
  await fut.entry.alias({ data: new Float64Array(3), shape: [3], stride: [1] });
  // @ts-expect-error: booleans are not numbers
  await fut.entry.alias([true]);
  // @ts-expect-error: the elements are numbers
  const elements: BigInt64Array = await i32.values();
  // @ts-expect-error: and the result is an array, no number
  const wrong: number = await fut.entry.fresh(3);
  use(elements, wrong);
}

export async function records(fut: Module, odd: Odd): Promise<void> {
  const pixel = await odd.types.pixel.new({ x: 1, y: 2 });
  const point = await odd.types.point.new({ x: 1, y: 2 });
  // @ts-expect-error: a pixel is not a point, though it looks the same
  await odd.entry.paint(pixel);
  // @ts-expect-error: nor is a point a pixel
  await odd.entry.plot(point);
  // @ts-expect-error: nor when it is pending
  await odd.entry.plot(odd.entry.plot(pixel));
  // @ts-expect-error: a field is missing
  await odd.entry.paint({ x: 1 });
  // @ts-expect-error: a field is unknown
  await odd.entry.paint({ x: 1, y: 2, z: 3 });
  // @ts-expect-error: a field is not a number
  await odd.entry.paint({ x: 1, y: "2" });
  // @ts-expect-error: there is no such field
  await point.project("z");
  // @ts-expect-error: a tuple is an array
  await fut.entry.unmark({ left: 1, right: true });
  // @ts-expect-error: of two
  await fut.entry.unmark([1]);
  // @ts-expect-error: in this order
  await fut.entry.unmark([true, 1]);
  // @ts-expect-error: tuples have no field 2
  await (await fut.entry.mark(1)).project(2);
  // @ts-expect-error: only the program makes values of an abstract type
  await odd.entry.then(1, { count: 1 }, { x: 1, y: 2 });
}

export async function arraysOfOthers(fut: Module, newer: Newer): Promise<void> {
  const places = await fut.entry.places(3);
  // @ts-expect-error: a grid of places is not a row of them
  await fut.entry.north(fut.entry.place_grid(1, 2));
  // @ts-expect-error: places are not marks
  await fut.entry.count_marks(places);
  // @ts-expect-error: a field is missing in an element
  await fut.entry.north([{ lat: 1 }]);
  // @ts-expect-error: a field is missing in a structure of arrays
  await fut.entry.north({ lat: [1] });
  // @ts-expect-error: elements are data, no handles
  await fut.entry.north([await places.at(0)]);
  // @ts-expect-error: this compiler makes no arrays of sums
  await fut.entry.total_area([variant("disc", 1)]);
  // @ts-expect-error: and sets no elements
  await places.set({ lat: 1, lon: 2 }, 0);
  // @ts-expect-error: there is no such field
  await places.project("height");
  // @ts-expect-error: an element is a shape
  await (await newer.entry.shapes(1)).set(1, 0);
}

export async function sums(fut: Module): Promise<void> {
  // @ts-expect-error: there is no such variant
  await fut.entry.area(variant("disk", 1));
  // @ts-expect-error: its payload is a number
  await fut.entry.area(variant("disc", true));
  // @ts-expect-error: a part of the payload is missing
  await fut.entry.area(variant("path", 1, 2));
  // @ts-expect-error: this one has none
  await fut.entry.area(variant("nothing", 1));
  // @ts-expect-error: a field of the payload is missing
  await fut.entry.area(variant("box", { h: 1 }));
  // @ts-expect-error: a figure is not a signal
  await fut.entry.loudness(fut.entry.same_figure(variant("nothing")));
  // @ts-expect-error: what looks like a variant is none
  await fut.entry.area({ variant: "disc", payload: [1] });
  // @ts-expect-error: name and payload belong together
  await fut.types.figure.construct("disc", { h: 1, w: 2 });
  const figure = await fut.entry.same_figure(variant("nothing"));
  // @ts-expect-error: there is no such variant
  await figure.destruct("disk");
  // @ts-expect-error: a disc's payload is a number
  const [text]: [string] = await figure.destruct("disc");
  use(text);
}

export function blocking(): void {
  const fut = openSync();
  // @ts-expect-error: the copy of a place is not text
  const copied: string = fut.fromFuthark(fut.entry.middle({ lat: 1, lon: 2 }, { lat: 1, lon: 2 }));
  use(copied);
  // @ts-expect-error: results are there at once
  fut.entry.types(1).then(use);
  // @ts-expect-error: i32 is wanted, f64 given
  fut.entry.alias(fut.types["[]f64"].new([1]));
  // @ts-expect-error: a place is not a mark
  fut.entry.unmark(fut.entry.middle({ lat: 1, lon: 2 }, { lat: 1, lon: 2 }));
  // @ts-expect-error: a number is not a string
  const lat: string = fut.entry.places(1).at(0).project("lat");
  // @ts-expect-error: unknown option
  openSync({ threads: 2 });
  // @ts-expect-error: there is no such back end
  openSync({ backend: "opncl" });
  use(lat);
}

export async function pools(pool: Pool): Promise<void> {
  // @ts-expect-error: there is no such entry point
  await pool.run("tpyes", [1]);
  // @ts-expect-error: nor in a chain
  await pool.run(["fresh", "alais"], [1]);
  // @ts-expect-error: nor for a map
  await pool.map("tpyes", [1]);
  // @ts-expect-error: a string is not a number
  await pool.run("types", ["1"]);
  // @ts-expect-error: an argument is missing
  await pool.run("floats", [1, 2, 3]);
  // @ts-expect-error: there is one too many
  await pool.run("types", [1, 2]);
  // @ts-expect-error: the arguments are an array
  await pool.run("types", 1);
  // @ts-expect-error: a boolean is not a number
  await pool.map("types", [true]);
  // @ts-expect-error: the second argument is missing
  await pool.map("overwrite", [[[1]]]);
  // @ts-expect-error: area takes a figure, and fresh returns an array
  await pool.run(["fresh", "area"], [1]);
  // @ts-expect-error: a chain has an entry point
  await pool.run([], []);
  const xs = await pool.put(new Float32Array(3));
  // @ts-expect-error: f32 is given, i32 wanted
  await pool.run("alias", [xs]);
  // @ts-expect-error: and so for calls
  await pool.entry.alias(xs);
  // @ts-expect-error: a number is no array to share
  await pool.put(1);
  // @ts-expect-error: the result is an array, no number
  const wrong: number = await pool.run("fresh", [3]);
  // @ts-expect-error: handles stay in a worker
  await pool.run("alias", [await pool.run(async (fut) => await fut.entry.fresh(1))]);
  use(wrong);
}

function use(..._: unknown[]): void {}
