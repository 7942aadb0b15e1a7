// Uses of bindings that must compile: tsc checks them, nothing runs them.

import { Utf8, Vector, vectorFromArray } from "apache-arrow";
import { type NdArray, nd, type Pending, variant } from "futhark-bridge";
import type { Module as Newer, Pool as NewerPool, PointHandle, Shape, State } from "./new-form.ts";
import type { Module as Odd } from "./odd-names.ts";
import {
  type Figure,
  type Module,
  open,
  openSync,
  type Place,
  type Pool,
  type Trip,
} from "./old-form.ts";

/** Fails to compile unless the two types are the same. */
export function same<A, B>(_: Same<A, B>): void {}
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export async function results(fut: Module, newer: Newer, odd: Odd): Promise<void> {
  same<number, Awaited<ReturnType<typeof fut.entry.area>>>(true);
  const counted: bigint = await fut.entry.counter_total(fut.entry.counter_start(3n));
  const floats = await fut.entry.floats(1, 2, 3, true);
  same<typeof floats, [number, number, number, boolean]>(true);
  const nothing = await fut.entry.to_unit(1);
  same<typeof nothing, []>(true);
  const xs = await fut.entry.fresh(3);
  same<typeof xs.elemtype, "i32">(true);
  same<typeof xs.rank, 1>(true);
  const [ys, n] = await fut.entry.swap([1, new Float64Array(2)]);
  const data: Float64Array = await ys.values();
  const place = await fut.entry.middle({ lat: 1, lon: 2 }, fut.types.place.new({ lat: 3, lon: 4 }));
  const lat: number = await place.project("lat");
  const copy: Place = await place.toObject();
  const trip: Trip = await (await fut.entry.trip(3)).toObject();
  const stops: readonly Place[] = trip.stops;
  const pair: readonly [bigint, bigint] = await newer.entry.min_max([1, 2n]);
  const state: State = await (await newer.entry.start(4)).toObject();
  const seen: [bigint, boolean][] = state.seen;
  const grid: NdArray<"f64"> = state.grid;
  const point: Pending<PointHandle> = newer.entry.make_point(1, 2);
  const length: number = await newer.entry.norm(point);
  const mark = await (await fut.entry.mark(1)).project(1);
  same<typeof mark, boolean>(true);
  const opaque = await odd.entry.then(1, await abstract(odd), { x: 1, y: 2 });
  const array = await fut.fromFuthark(fut.entry.fresh(3));
  same<typeof array, NdArray<"i32">>(true);
  const [row, there, figures] = await fut.fromFuthark(xs, place, fut.entry.figures(2));
  same<typeof row, NdArray<"i32">>(true);
  same<typeof there, Place>(true);
  const figure: Figure | undefined = figures[0];
  const counter = await fut.fromFuthark(fut.entry.counter_start(3n));
  const total: Promise<bigint> = fut.entry.counter_total(counter);
  use(figure, total);
  use(counted, floats, n, data, lat, copy, stops, pair, seen, grid, length, opaque);
}

async function abstract(odd: Odd) {
  const bytes = await (await odd.types["m.t'"].restore(new Uint8Array())).store();
  return odd.types["m.t'"].restore(bytes);
}

export async function pending(fut: Module): Promise<void> {
  const data: Int32Array = await fut.entry.fresh(3).values();
  const place = fut.entry.middle({ lat: 1, lon: 2 }, { lat: 3, lon: 4 });
  same<number, Awaited<ReturnType<typeof place.toObject>>["lat"]>(true);
  const lat: number = await place.project("lat");
  const stops = await fut.entry.trip(3).project("stops").project("lat").values();
  same<typeof stops, Float64Array>(true);
  const [ys, n] = fut.entry.swap([1, new Float64Array(2)]);
  same<typeof n, Pending<number>>(true);
  const values: Float64Array = await ys.values();
  const [again] = await fut.entry.swap([1, ys]);
  using next = fut.entry.fresh(n);
  use(data, lat, stops, values, again, next);
}

export async function args(fut: Module, newer: Newer): Promise<void> {
  await fut.entry.alias([1, 2, 3n]);
  await fut.entry.alias(new Int32Array(3));
  await fut.entry.alias(nd(new Int32Array(4), [4]));
  await fut.entry.alias({ data: new Int32Array(3), shape: [3], stride: [1] });
  await fut.entry.alias(vectorFromArray(new Int32Array(3)));
  await fut.entry.overwrite(fut.entry.fresh(3), fut.entry.types(1));
  await newer.entry.cube([[[1, 2], new Uint8Array(2)]]);
  await newer.entry.flip([true, false]);
  await newer.entry.flip(new Uint8Array(2));
  await fut.entry.flip_grid([[{ lat: 1, lon: 2 }]]);
  await fut.entry.flip_grid({ lat: [[1]], lon: nd(new Float64Array(1), [1, 1]) });
  await fut.entry.count_marks([[1, true]]);
  await fut.entry.unmark([1, true]);
  await fut.entry.halves({ a: 1.5, b: new Uint16Array(2) });
  await fut.entry.trip_home({
    best: variant("path", 1, 2n, false),
    home: fut.types.place.new({ lat: 1, lon: 2 }),
    name: [104, 105],
    stops: [],
  });
  await fut.entry.area(variant("box", { h: 1, w: 2 }));
  await fut.entry.area(variant("nothing"));
  await fut.entry.loudness(variant("wave", new Float32Array(3), 1));
  await fut.entry.loudness(variant("note", { name: [1], pitch: 2 }));
  await fut.entry.total_area(fut.entry.figures(3));
  await newer.types["[]shape"].new([variant("circle", 1), variant("empty")]);
  await fut.types.figure.construct("box", { h: 1, w: 2 });
  await fut.types["[]place"].zip({ lat: [1], lon: [2] });
  await fut.entry.from_unit([]);
  await fut.entry["prime'"](1);
  await fut.entry.area.with({ timeoutMs: 5 })(variant("disc", 2));
}

export async function sums(fut: Module, newer: Newer): Promise<number> {
  const figure = await fut.entry.same_figure(variant("disc", 1));
  const [width, height, closed] = await figure.destruct("path");
  same<typeof closed, boolean>(true);
  use(width, height);
  const shapes: Shape[] = await (await newer.entry.shapes(2)).toObjects();
  use(shapes);
  return size(await figure.toObject());
}

/** The compiler knows from the variant what the payload is. */
function size(figure: Figure): number {
  switch (figure.variant) {
    case "box":
      return figure.payload[0].h * figure.payload[0].w;
    case "disc":
      return figure.payload[0];
    case "path":
      return Number(figure.payload[0] + figure.payload[1]);
    case "nothing":
      return 0;
  }
}

export function blocking(): void {
  using fut = openSync({ module: "elsewhere", numThreads: 1 });
  const place = fut.entry.middle({ lat: 1, lon: 2 }, fut.types.place.new({ lat: 3, lon: 4 }));
  const again = fut.entry.middle(place, place);
  const lat: number = again.project("lat");
  const north: number = fut.entry.north(fut.entry.places(3));
  const row: Float64Array = fut.entry.places(3).project("lon").values();
  const [disc] = fut.entry.same_figure(variant("disc", 1)).destruct("disc");
  const total: number = disc + lat + north;
  const shape: Figure = fut.entry.figures(2).toObjects()[0] as Figure;
  const xs: Int32Array = fut.entry.overwrite(fut.entry.fresh(3), 7).values();
  const copy = fut.fromFuthark(place);
  same<typeof copy, Place>(true);
  const [array, there] = fut.fromFuthark(fut.entry.fresh(3), place);
  same<typeof array, NdArray<"i32">>(true);
  same<typeof there, Place>(true);
  use(total, row, xs, shape);
}

export async function asynchronous(): Promise<void> {
  await using fut = await open();
  use(await fut.entry.close());
  use(new Vector([]), new Utf8());
}

export async function pools(pool: Pool, newer: NewerPool): Promise<void> {
  const xs = await pool.run("fresh", [3n]);
  same<typeof xs, NdArray<"i32">>(true);
  const place = await pool.run("middle", [
    { lat: 1, lon: 2 },
    { lat: 3, lon: 4 },
  ]);
  same<typeof place, Place>(true);
  const [ys, n] = await pool.run("swap", [[1, new Float64Array(2)]], { timeoutMs: 5 });
  same<typeof ys, NdArray<"f64">>(true);
  same<typeof n, number>(true);
  const area = await pool.run(["same_figure", "area"], [variant("disc", 1)]);
  same<typeof area, number>(true);
  const chained = await pool.run(["fresh", "alias", "alias"], [3]);
  same<typeof chained, NdArray<"i32">>(true);
  const totals = await pool.map("types", [1, 2, [3]]);
  same<typeof totals, number[]>(true);
  const shared = await pool.put(new Int32Array(3));
  same<typeof shared.elemtype, "i32">(true);
  same<typeof shared.rank, 1>(true);
  const overwritten = await pool.map(
    "overwrite",
    [1, 2].map((v) => [shared, v] as const),
    { onProgress: (done) => use(done) },
  );
  same<typeof overwritten, NdArray<"i32">[]>(true);
  const matrix = await newer.put(nd(new Uint8Array(8), [2, 2, 2]));
  use(await newer.entry.cube(matrix), await newer.run("cube", [matrix]));
  const counted: bigint[] = await pool.run(async (fut) => [await fut.entry.count_marks([])]);
  const lengths = await pool.map(
    async (fut, n: number) => (await fut.entry.fresh(n)).shape,
    [1, 2],
  );
  same<typeof lengths, (readonly number[])[]>(true);
  use(counted);
}

function use(..._: unknown[]): void {}
