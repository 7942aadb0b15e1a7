// Values that are not one array of numbers.

import assert from "node:assert/strict";
import type { FutharkModule, NdArray } from "../../../ts/index.ts";
import { ramp } from "../contestant.ts";
import type { Api } from "../package-form.ts";

type Turn = () => Promise<unknown>;

/** An array of records as an object of arrays, in and out. */
export function recordsTurn(fut: FutharkModule, size: number): Turn {
  const column = ramp(size);
  return async () => {
    const moved = await fut.entry.move({ x: column, y: column, z: column });
    const columns = ["x", "y", "z"].map((field) => moved.project(field));
    moved.free();
    const read = await Promise.all(columns.map((each) => each.values()));
    for (const each of columns) each.free();
    assert.equal(read[2][1], 4);
    return read;
  };
}

/** A square picture of `size` pixels. */
export function imageTurn(api: Api, fut: FutharkModule, size: number): Turn {
  const side = Math.sqrt(size);
  const image = api.nd(new Uint8Array(4 * size).fill(1), [side, side, 4]);
  return async () => {
    const inverted = await fut.entry.invert(image);
    const values = await inverted.values();
    inverted.free();
    assert.equal(values[0], 254);
    return values;
  };
}

/** An array through numpy, in the worker. */
export async function numpyTurn(fut: FutharkModule, size: number): Promise<Turn> {
  const numpy = await fut.python("numpy");
  const input = ramp(size);
  return async () => {
    const negated = (await numpy.negative(input)) as NdArray<"f32">;
    assert.equal(negated.data[1], -1);
    return negated;
  };
}
