import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../ts/index.ts";
import { readCo2 } from "../demo/co2-series.ts";
import { projectPython, runPython } from "../demo/python.ts";
import { decompose } from "../demo/stl.ts";

const PERIOD = 12;
const SEASONAL_WINDOW = 35;

test("the CO2 series has every month from March 1958 to April 2020, with five unmeasured", async () => {
  const { firstYear, firstMonth, values } = await readCo2();
  assert.deepEqual([firstYear, firstMonth], [1958, 2]);
  assert.equal(values.length, 10 + 61 * 12 + 4);
  assert.equal(values.filter(Number.isNaN).length, 5);
  assert.deepEqual([values[0], values.at(-1)], [Math.fround(315.7), Math.fround(416.18)]);
});

for (const backend of ["c", "multicore"]) {
  test(`hastl._stl_${backend} returns in Node, bit for bit, what hastl's own class returns`, async () => {
    const { values } = await readCo2();
    await using fut = await open(`hastl._stl_${backend}`, { python: projectPython });
    const ours = await decompose(fut, values, PERIOD, SEASONAL_WINDOW);
    const args = [backend, PERIOD, SEASONAL_WINDOW].map(String);
    const theirs = await runPython(projectPython, "demo/stl_co2.py", args, bytesOf(values));
    const parts = [ours.season, ours.trend, ours.remainder];
    assert.deepEqual(Buffer.concat(parts.map(bytesOf)), theirs);
  });

  test(`the parts that hastl._stl_${backend} returns sum up to the series`, async () => {
    const { values } = await readCo2();
    await using fut = await open(`hastl._stl_${backend}`, { python: projectPython });
    const { season, trend, remainder } = await decompose(fut, values, PERIOD, SEASONAL_WINDOW);
    for (const [i, value] of values.entries()) {
      if (Number.isNaN(value)) continue;
      const sum = Number(season[i]) + Number(trend[i]) + Number(remainder[i]);
      assert.ok(Math.abs(sum - value) < 1e-3, `month ${i}: ${sum} instead of ${value}`);
    }
  });
}

test("a module without a manifest is described by its C declarations", async () => {
  await using fut = await open("hastl._stl_c", { python: projectPython });
  const main = fut.entryPoints.find(({ name }) => name === "main");
  assert.equal(main?.inputs.length, 17);
  assert.deepEqual(main?.inputs[0], { name: "arg0", type: "[][]f32", unique: false });
  assert.deepEqual(
    main?.outputs.map(({ type }) => type),
    Array(3).fill("[][]f32"),
  );
});

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
