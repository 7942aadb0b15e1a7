import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FutharkModule, type NdArray, open, variant } from "../../ts/index.ts";
import { runScript } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

let errors: FutharkModule;
let types: FutharkModule;
before(async () => {
  errors = await open(programPath("errors"), { backend: "c" });
  types = await open(programPath("types"), { backend: "c" });
});
after(() => Promise.all([errors.close(), types.close()]));

const large = Int32Array.from({ length: 50_000 }, (_, i) => i);

for (const [name, data] of [
  ["small", Int32Array.of(1, 2, 3)],
  ["large", large],
] as const) {
  test(`a pending ${name} array has the methods of its handle`, async () => {
    const { same } = errors.entry;
    assert.deepEqual(await same(data).values(), data);
    for (const method of ["toNdArray", "get"]) {
      const array: NdArray = await same(data)[method]();
      assert.deepEqual([array.shape, array.data], [[data.length], data]);
    }
    assert.deepEqual(await same(data).toNested(), [...data]);
    assert.deepEqual((await same(data).toArrow()).toArray(), data);
    const borrowed = await same(data).borrow();
    assert.deepEqual(borrowed.data.slice(), data);
    borrowed.release();
    assert.equal(await same(data).at(2), data[2]);
    await assert.rejects(same(data).at(data.length), { code: "bad-argument" });
    await assert.rejects(same(data).at(1, 2), { code: "bad-argument" });
  });

  test(`what a method reads stays until it is read: ${name}`, async () => {
    const reads = [
      (pending: ReturnType<typeof errors.entry.same>) => pending.values(),
      (pending: ReturnType<typeof errors.entry.same>) =>
        pending.borrow().then((array: { data: Int32Array }) => array.data.slice()),
    ];
    for (const read of reads) {
      const freed = errors.entry.same(data);
      const first = read(freed);
      freed.free();
      assert.deepEqual(await first, data);
      const consumed = errors.entry.same(data);
      const second = read(consumed);
      const put = errors.entry.put(consumed, 0n, 77);
      assert.deepEqual(await second, data);
      assert.equal(await put.at(0), 77);
      await assert.rejects(consumed.values(), { code: "consumed" });
      put.free();
      await assert.rejects(put.values(), { code: "freed" });
    }
  });
}

test("methods of pending records, sums and arrays of them return the same as those of handles", async () => {
  const { holder, figure } = types.types;
  const made = () => holder.new({ xs: [1, 2], tag: 3 });
  assert.deepEqual(await made().project("xs").values(), Int32Array.of(1, 2));
  assert.equal(await made().project("tag"), 3);
  const { xs, tag } = await made().toObject();
  assert.deepEqual([[...xs.data], tag], [[1, 2], 3]);
  const bytes = await made().store();
  assert.deepEqual(await holder.restore(bytes).project("xs").toNested(), [1, 2]);
  const box = () => figure.new(variant("box", { w: 1, h: 2 }));
  assert.equal(await box().variant(), "box");
  const [sides] = await box().destruct("box");
  assert.deepEqual(await sides.toObject(), { h: 2, w: 1 });
  assert.deepEqual(await box().toObject(), { variant: "box", payload: [{ h: 2, w: 1 }] });
  const places = await types.entry.places(3n).toObjects();
  assert.deepEqual(places, await (await types.entry.places(3n)).toObjects());
  assert.deepEqual(await types.entry.places(3n).at(1).toObject(), places[1]);
  assert.deepEqual(
    await types.entry.places(3n).project("lat").toNested(),
    places.map((place: { lat: number }) => place.lat),
  );
  assert.equal((await types.entry.places(3n).toTable()).numRows, 3);
  // Impossible methods reject, whatever is called on the result.
  const expected = { code: "bad-argument" };
  await assert.rejects(types.entry.places(3n).at(3).toObject(), expected);
  await assert.rejects(types.entry.places(3n).at("x").toObject(), expected);
  await assert.rejects(types.entry.places(3n).at().toObject(), expected);
  await assert.rejects(made().project("none").values(), expected);
  await assert.rejects(made().values(), {
    code: "bad-argument",
    message: "values: a value of type holder has no such method",
  });
  await assert.rejects(types.entry.unmark([1, true]).values(), expected);
});

test("a method of a failed call rejects with that call's error, before or after it was sent", async () => {
  const program = { code: "program-error" };
  // In Futhark.
  await assert.rejects(errors.entry.coerce(5n, [1]).values(), program);
  await assert.rejects(errors.entry.coerce(5n, [1]).borrow(), program);
  // Before it is sent, and while it waits for a scalar.
  await assert.rejects(errors.entry.same("no array").values(), { code: "bad-argument" });
  const waits = () => errors.entry.coerce(errors.entry.element([1], 7n), [1]);
  await assert.rejects(waits().values(), program);
  await assert.rejects(waits().at(0), program);
  await assert.rejects(types.types.holder.new({ xs: "x", tag: 1 }).project("xs").values(), {
    code: "bad-argument",
  });
  await assert.rejects(
    types.types.holder
      .new({ xs: types.entry.fresh("x"), tag: 1 })
      .project("xs")
      .at(0),
    { code: "bad-argument" },
  );
});

test("methods of a call that waits for a scalar are sent behind it", async () => {
  const total = () => types.entry.counter_total(types.entry.counter_start(1n));
  const n = Number(await total());
  const fresh = await types.entry.fresh(n).values();
  assert.equal(fresh.length, n);
  assert.deepEqual(await types.entry.fresh(total()).values(), fresh);
  const there = await types.entry.places(n).toObjects();
  const places = () => types.entry.places(total());
  assert.deepEqual(await places().toObjects(), there);
  assert.deepEqual(
    await places()
      .at(n - 1)
      .toObject(),
    there[n - 1],
  );
  assert.deepEqual(await types.types["[]place"].restore(await places().store()).toObjects(), there);
  assert.deepEqual(await places().project("lat").at(0), there[0].lat);
});

test("a pending tuple can be destructured before the call returns", async () => {
  const { head_tail_sum, same, div_mod, positive, twice } = errors.entry;
  const [tail, head, sum] = head_tail_sum([5n, 6n, 7n]);
  assert.deepEqual(await tail.values(), BigInt64Array.of(6n, 7n));
  assert.deepEqual(await Promise.all([head, sum]), [5n, 18n]);
  // Parts are arguments, also of scalars, and a call that waits for them has parts again.
  const [quotient, remainder] = div_mod(positive(17), 5);
  const [a, b] = div_mod(quotient, remainder);
  assert.deepEqual(await Promise.all([a, b]), [1, 1]);
  const pair = twice([1, 2]);
  assert.deepEqual([pair.length, pair.at(-1) === pair[1], pair[2]], [2, true, undefined]);
  assert.deepEqual(await same(pair[1]).toNested(), [1, 2]);
  const both = await Promise.all(pair.map((part: { toNested(): unknown }) => part.toNested()));
  assert.deepEqual(both, [
    [1, 2],
    [1, 2],
  ]);
  const [left] = await pair;
  assert.deepEqual(await left.toNested(), [1, 2]);
});

test("parts of a tuple are freed one by one, or all at once", async () => {
  const { twice, same } = errors.entry;
  const [left, right] = twice(large);
  left.free();
  await assert.rejects(left.values(), { code: "freed" });
  assert.deepEqual(await right.values(), large);
  const pair = twice(large);
  const kept = same(pair[0]);
  pair.free();
  await assert.rejects(pair[1].values(), { code: "freed" });
  assert.deepEqual(await kept.values(), large);
  const handles = await pair;
  assert.deepEqual(
    handles.map(({ state }: { state: string }) => state),
    ["freed", "freed"],
  );
});

test("parts form a tuple again, as the argument of a call", async () => {
  await using fut = await open(programPath("tuples"), { backend: "c" });
  const type = fut.types["([]i32, []i32)"];
  assert.deepEqual(await type.new(fut.entry.unique_pair(2n)).project(1).toNested(), [2, 2]);
});

test("the failure of a tuple is reported once, to its users or else to the process", async () => {
  const script = `
    const fut = await open(program("errors"), { backend: "c" });
    let unhandled = 0;
    process.on("unhandledRejection", () => unhandled++);
    const turn = async (use) => {
      unhandled = 0;
      await use().catch(() => {});
      // Behind the call, and behind what Node does at the end of a turn.
      await fut.sync();
      await new Promise((resolve) => setImmediate(resolve));
      return unhandled;
    };
    const { div_mod, twice, same, positive } = fut.entry;
    const uses = {
      none: async () => { const [a, b] = div_mod(1, 0); },
      noneUntyped: async () => { const [a, b] = div_mod("x", 0); },
      one: async () => { const [a, b] = div_mod(1, 0); await b; },
      oneUntyped: async () => { const [a, b] = div_mod("x", 0); await b; },
      whole: async () => { const all = div_mod(1, 0); const [a] = all; await all; },
      wholeFirst: async () => { const all = div_mod(1, 0); await all.catch(() => {}); const [a] = all; },
      passed: async () => { const [a, b] = div_mod(1, 0); await positive(b); },
      method: async () => { const [a, b] = twice("x"); await b.values(); },
      freed: async () => { const [a, b] = twice("x"); b.free(); },
      freedWhole: async () => { twice("x").free(); },
      limited: async () => { const [a, b] = div_mod.with({ timeoutMs: 60_000 })(1, 0); await b; },
      aborted: async () => { const [a, b] = div_mod.with({ signal: AbortSignal.abort() })(1, 0); await b; },
    };
    const turns = {};
    for (const [name, use] of Object.entries(uses)) turns[name] = await turn(use);
    console.log(JSON.stringify(turns));
    await fut.close();
  `;
  const { stdout, stderr } = await runScript(script);
  assert.equal(stderr, "");
  const turns: Record<string, number> = JSON.parse(stdout);
  const { none, noneUntyped, ...others } = turns;
  assert.deepEqual([none, noneUntyped], [1, 1]);
  for (const [name, count] of Object.entries(others)) assert.equal(count, 0, name);
});
