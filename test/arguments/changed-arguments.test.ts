import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FutharkModule, open, variant } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

let errors: FutharkModule;
let weigh: FutharkModule;
before(async () => {
  errors = await open(programPath("errors"), { backend: "c" });
  weigh = await open(programPath("weigh"), { backend: "c" });
});
after(() => Promise.all([errors.close(), weigh.close()]));

/** An argument whose elements are read by a getter, which runs `change` at its first call. */
function changing(change: () => void): object {
  let changed = false;
  return {
    get data() {
      if (!changed) change();
      changed = true;
      return new Float32Array([1, 1, 1, 1]);
    },
    ...{ shape: [4], stride: [1], offset: 0 },
  };
}

const ones = (buffer = new ArrayBuffer(16)): Float32Array<ArrayBuffer> =>
  new Float32Array(buffer).fill(1);
const resizable = (): ArrayBuffer =>
  // Not among the declarations for ES2022.
  new (ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer)(16, {
    maxByteLength: 64,
  });
const resize = (buffer: ArrayBuffer, bytes: number): void =>
  (buffer as unknown as { resize(bytes: number): void }).resize(bytes);

test("an argument that a later argument's getter detaches or resizes is an error that names it", async () => {
  const xs = ones();
  const detach = changing(() => structuredClone(xs.buffer, { transfer: [xs.buffer] }));
  await assert.rejects(errors.entry.dot(xs, detach), {
    code: "bad-argument",
    message:
      "dot argument 1 (xs): the buffer of the Float32Array was detached while the arguments were read",
  });
  for (const bytes of [8, 32]) {
    const buffer = resizable();
    const other = changing(() => resize(buffer, bytes));
    await assert.rejects(errors.entry.dot(ones(buffer), other), {
      code: "bad-argument",
      message: `dot argument 1 (xs): the buffer of the Float32Array was resized, to ${bytes / 4} elements from 4, while the arguments were read`,
    });
  }
  const empty = new Float32Array();
  const detachEmpty = changing(() => structuredClone(empty.buffer, { transfer: [empty.buffer] }));
  await assert.rejects(errors.entry.dot(empty, detachEmpty), { code: "bad-argument" });
  assert.equal(await errors.entry.dot(ones(), ones()), 4);
});

test("a field of a record that is detached is an error that names it", async () => {
  for (const length of [4, 100_000]) {
    // Fields are read in the order of the type's: the array comes second.
    const steps = new Int32Array(length).fill(2);
    const row = {
      get n() {
        structuredClone(steps.buffer, { transfer: [steps.buffer] });
        return 1;
      },
      xs: steps,
    };
    await assert.rejects(weigh.entry.weigh(row, 1), {
      code: "bad-argument",
      message: "weigh argument 1 (l).xs: the buffer of the Int32Array is detached",
    });
    assert.equal(
      await weigh.entry.weigh({ n: 1, xs: new Int32Array(length) }, 1),
      BigInt(length + 1),
    );
  }
});

test("a value that a getter frees after it was read is not used, also within a record", async () => {
  const xs = (await errors.toFuthark("[]f32", ones())) as { free(): void };
  await assert.rejects(
    errors.entry.dot(
      xs,
      changing(() => xs.free()),
    ),
    {
      code: "freed",
      message: "dot argument 1 (xs): the value of type []f32 was freed",
    },
  );
  const types = await open(programPath("types"), { backend: "c" });
  const name = (await types.toFuthark("[]u8", new Uint8Array([65, 66]))) as { free(): void };
  const home = {
    get lat() {
      name.free();
      return 1;
    },
    lon: 2,
  };
  const trip = { name, stops: [], best: variant("nothing"), home };
  await assert.rejects(types.types.trip.new(trip), {
    code: "freed",
    message: "trip new.name: the value of type []u8 was freed",
  });
  await types.close();
});
