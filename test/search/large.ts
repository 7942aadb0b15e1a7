// Arrays of more than 2^31 elements and of more than 4 GiB, in and out: `npm run test:large`.
// It takes two minutes, and 14 GiB of memory.

import assert from "node:assert/strict";
import type { Vector } from "apache-arrow";
import { type FutharkArray, type FutharkModule, open } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

const log = (text: string): void => console.log(text);
const options = { backend: "c", maxMessageBytes: 2 ** 31 } as const;
const identity = programPath("identity");

/** Elements that differ from their neighbours, and from those 2^31 and 2^32 bytes away. */
const pattern = (i: number): number => (i * 7 + Math.floor(i / 2 ** 20)) % 251;

async function roundTrip(
  fut: FutharkModule,
  name: string,
  data: Uint8Array | Float32Array,
): Promise<void> {
  for (let i = 0; i < data.length; i++) data[i] = pattern(i);
  const array: FutharkArray = await fut.entry[name](data);
  assert.deepEqual(array.shape, [data.length]);
  for (const i of [0, 2 ** 20, 2 ** 30 + 1, data.length - 1]) {
    assert.equal(await array.at(i), pattern(i), `element ${i}`);
  }
  const values = (await array.values()) as typeof data;
  assert.equal(values.length, data.length);
  for (let i = 0; i < data.length; i++) if (values[i] !== data[i]) assert.fail(`element ${i}`);
  const bytes = `${(data.byteLength / 2 ** 30).toFixed(2)} GiB`;
  log(`${name}: ${data.length} elements, ${bytes}: in, four indexed, all out, equal`);
  array.free();
}

async function refused(what: string, run: () => unknown, message: RegExp): Promise<void> {
  await assert.rejects(async () => run(), { name: "ArgumentError", message });
  log(`${what}: refused`);
}

{
  await using fut = await open(identity, options);
  const bytes = new Uint8Array(2 ** 31 + 100);
  await roundTrip(fut, "id_u8_1", bytes);
  const array: FutharkArray = await fut.entry.id_u8_1(bytes);
  const vector = (await array.toArrow()) as Vector;
  assert.equal(vector.length, bytes.length);
  for (const i of [0, 2 ** 31 - 1, 2 ** 31, bytes.length - 1]) {
    assert.equal(vector.get(i), pattern(i), `element ${i}`);
  }
  log("toArrow of more than 2^31 - 1 elements: right, also beyond");
  assert.equal(await fut.entry.id_i32_0(5), 5);
}
{
  await using fut = await open(identity, options);
  await roundTrip(fut, "id_f32_1", new Float32Array(2 ** 30 + 100));
  const array: FutharkArray = await fut.entry.id_f32_1(new Float32Array(2 ** 30 + 100));
  await refused("borrow of more than 4 GiB", () => array.borrow(), /use values/);
  await refused(
    "alloc of more than 4 GiB",
    () => fut.alloc("f32", [2 ** 30]),
    /pass a typed array/,
  );
  assert.equal(await fut.entry.id_i32_0(5), 5);
}
{
  await using fut = await open(identity, { ...options, sharedMemory: false });
  const data = new Float32Array(2 ** 29 + 100);
  await refused(
    "a message of more than maxMessageBytes",
    () => fut.entry.id_f32_1(data),
    /maxMessageBytes/,
  );
  assert.equal(await fut.entry.id_i32_0(5), 5);
}
