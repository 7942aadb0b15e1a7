import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  type FutharkArray,
  type FutharkModule,
  type FutharkRecord,
  type NdArray,
  open,
  ValueStateError,
} from "../../ts/index.ts";
import { residentBytes, runScript, workersOf } from "../support/processes.ts";
import { BACKENDS, programPath } from "../support/programs.ts";

const errors = programPath("errors");

for (const backend of BACKENDS) {
  describe(`values and pending calls, ${backend}`, () => {
    let fut: FutharkModule;
    let types: FutharkModule;
    before(async () => {
      fut = await open(errors, { backend });
      types = await open(programPath("types"), { backend });
    });
    after(() => Promise.all([fut.close(), types.close()]));

    /** Numbers that identify calls: with n = 2, 3, 4, … it is 2, 4, 9, … */
    const late = (n: bigint): Promise<bigint> => fut.entry.scratch(n);

    test("a freed value cannot be used, and freeing it again has no effect", async () => {
      const xs: FutharkArray = await fut.entry.same([1, 2]);
      assert.equal(xs.state, "live");
      xs.free();
      xs.free();
      assert.equal(xs.state, "freed");
      await assert.rejects(xs.values(), { code: "freed" });
      assert.match(String((await import("node:util")).inspect(xs)), /\(freed\)/);
    });

    test("leaving the block of a using declaration frees", async () => {
      let kept: FutharkArray[] = [];
      {
        using xs = await fut.entry.same([1]);
        await using ys = await fut.entry.same([2]);
        kept = [xs, ys];
        assert.deepEqual(
          kept.map(({ state }) => state),
          ["live", "live"],
        );
      }
      assert.deepEqual(
        kept.map(({ state }) => state),
        ["freed", "freed"],
      );
    });

    test("calls made before a value was freed can still use it", async () => {
      const xs = await fut.entry.same([1, 2, 3]);
      // The second waits for one answer before it is sent, the third for three.
      const later = fut.entry.scratch(fut.entry.scratch(late(2n)));
      const calls = [
        fut.entry.same(xs),
        fut.entry.element(xs, late(2n)),
        fut.entry.element(xs, later),
      ];
      xs.free();
      const [ys, ...elements] = await Promise.all(calls);
      assert.deepEqual([...(await ys.values())], [1, 2, 3]);
      assert.deepEqual(elements, [3, 3]);
    });

    test("a sum that is freed or consumed while it is taken apart is still read", async () => {
      const box = await types.types.figure.construct("box", { w: 1, h: 2 });
      const [whole, parts] = [box.toObject(), box.destruct("box")];
      box.free();
      assert.deepEqual(await whole, { variant: "box", payload: [{ w: 1, h: 2 }] });
      assert.deepEqual(await (await parts)[0].toObject(), { w: 1, h: 2 });
      await assert.rejects(box.toObject(), { code: "freed" });
    });

    test("a pending call can be freed: calls that already use it still run", async () => {
      const xs = fut.entry.same([1, 2, 3]);
      const ys = fut.entry.same(xs);
      xs.free();
      xs.free();
      await assert.rejects(fut.entry.same(xs), { code: "freed" });
      assert.deepEqual([...(await (await ys).values())], [1, 2, 3]);
      assert.equal((await xs).state, "freed");
      let escaped: Promise<FutharkArray>;
      {
        using inner = fut.entry.same(ys);
        escaped = fut.entry.same(inner);
      }
      assert.deepEqual([...(await (await escaped).values())], [1, 2, 3]);
    });

    test("so can a call that is not sent yet, one with several results, and one that fails", async () => {
      const unsent = fut.entry.allocate(late(2n));
      unsent.free();
      assert.equal((await unsent).state, "freed");
      const pair = fut.entry.twice([1]);
      pair.free();
      const states = (await pair).map(({ state }: FutharkArray) => state);
      assert.deepEqual(states, ["freed", "freed"]);
      const failing = fut.entry.allocate(-1n);
      failing.free();
      await assert.rejects(failing, { code: "program-error" });
      const scalar = fut.entry.positive(3);
      scalar.free();
      assert.equal(await scalar, 3);
      assert.deepEqual([...(await (await fut.entry.same([4, 5])).values())], [4, 5]);
    });

    test("numbers of freed values are used again, and no value is mistaken for another", async () => {
      const kept: FutharkArray[] = [];
      for (let i = 0; i < 2000; i++) {
        const xs = await fut.entry.same([i]);
        if (i % 100 === 0) kept.push(xs);
        else xs.free();
      }
      const values = await Promise.all(kept.map((xs) => xs.at(0)));
      assert.deepEqual(
        values,
        Array.from({ length: 20 }, (_, i) => 100 * i),
      );
    });

    test("a chain of 1000 pending calls needs no waiting in between", async () => {
      let pending = fut.entry.same(new Int32Array(1000));
      for (let i = 0; i < 1000; i++) pending = fut.entry.put(pending, BigInt(i), i);
      const values = await (await pending).values();
      assert.deepEqual([...values], [...Array(1000).keys()]);
    });

    test("a pending call may be passed to several calls, and a handle at the same time", async () => {
      const xs = fut.entry.same([3, 4]);
      const [a, b, handle] = await Promise.all([
        fut.entry.element(xs, 0n),
        fut.entry.element(xs, 1n),
        xs,
      ]);
      assert.deepEqual([a, b], [3, 4]);
      assert.equal(await fut.entry.element(handle, 1n), 4);
    });

    test("a pending scalar is a scalar argument, and the result of that call can be passed on", async () => {
      const index = late(2n);
      assert.equal(await fut.entry.element([5, 6, 7], index), 7);
      const written = fut.entry.put(fut.entry.same([5, 6, 7]), late(2n), fut.entry.positive(8));
      assert.deepEqual([...(await (await fut.entry.same(written)).values())], [5, 6, 8]);
      const chain = Array.from({ length: 50 }).reduce<Promise<number>>(
        (pending) => fut.entry.positive(pending),
        fut.entry.positive(7),
      );
      assert.equal(await chain, 7);
    });

    test("pending values and scalars may lie within records and tuples", async () => {
      const x = types.entry.unmark([6, true]);
      const half = await types.entry.middle({ lat: 2, lon: 0 }, { lat: 4, lon: 10 });
      assert.deepEqual(await half.toObject(), { lat: 3, lon: 5 });
      assert.equal(await types.entry.unmark([x, true]), 6);
      const held = await types.entry.hold_overwrite({ xs: types.entry.fresh(2n), tag: x });
      const { xs, tag } = await held.toObject();
      assert.deepEqual([xs.toNested(), tag], [[-1, 1], 7]);
      const late = types.entry.overwrite(types.entry.fresh(2n), x);
      const other = await types.entry.hold_overwrite({ xs: late, tag: 0 });
      assert.deepEqual((await other.toObject()).xs.toNested(), [-1, 1]);
      assert.equal(await types.entry.unmark(types.types.mark.new([x, true])), 6);
    });

    test("a call that consumes waits for calls before it that read", async () => {
      const xs = await fut.entry.same([5, 6, 7]);
      const read = fut.entry.element(xs, late(2n));
      const written = fut.entry.put(xs, 2n, 99);
      assert.equal(await read, 7);
      assert.deepEqual([...(await (await written).values())], [5, 6, 99]);
    });

    test("of two calls that race to consume one value the first consumes it", async () => {
      const xs = await fut.entry.same([1, 2]);
      const results = await Promise.allSettled([
        fut.entry.put(xs, 0n, 8),
        fut.entry.put(xs, 0n, 9),
      ]);
      const [first, second] = results;
      assert.equal(first.status, "fulfilled");
      assert.deepEqual(
        [...(await (first as PromiseFulfilledResult<FutharkArray>).value.values())],
        [8, 2],
      );
      assert.ok(second.status === "rejected" && second.reason instanceof ValueStateError);
      assert.equal(second.reason.code, "consumed");
      const pending = fut.entry.same([1]);
      const both = await Promise.allSettled([
        fut.entry.put(pending, 0n, 1),
        fut.entry.put(pending, 0n, 2),
      ]);
      assert.deepEqual(
        both.map(({ status }) => status),
        ["fulfilled", "rejected"],
      );
      await assert.rejects(
        pending.then((handle: FutharkArray) => handle.values()),
        {
          code: "consumed",
        },
      );
    });

    test("a failure fails what depends on it with the same cause, and nothing else", async () => {
      const failed = fut.entry.slice([1, 2], 0n, 9n);
      const dependants = [
        fut.entry.same(failed),
        fut.entry.same(fut.entry.same(failed)),
        fut.entry.twice(failed),
        fut.entry.element(failed, 0n),
        fut.entry.positive(fut.entry.element(failed, 0n)),
        fut.entry.put(fut.entry.same([1]), 0n, fut.entry.element(failed, 0n)),
      ];
      const others = [fut.entry.element([7], 0n), fut.entry.positive(7)];
      const cause = { name: "ProgramError", message: /^slice: .*\[0:9\] out of bounds/ };
      for (const each of [failed, ...dependants]) await assert.rejects(each, cause);
      assert.deepEqual(await Promise.all(others), [7, 7]);
      // Also when the failure is known already.
      const error = await failed.catch((reason: unknown) => reason);
      await assert.rejects(fut.entry.same(failed), (reason) => reason === error);
      await assert.rejects(
        fut.entry.positive(fut.entry.same(failed)),
        (reason) => reason === error,
      );
    });

    test("a call that is refused before it is sent fails what depends on it, too", async () => {
      const cause = {
        name: "ArgumentError",
        message: /^slice argument 2 \(i\): expected i64, got 'x'/,
      };
      const refused = fut.entry.slice([1], "x", 2n);
      await assert.rejects(fut.entry.same(fut.entry.same(refused)), cause);
      await assert.rejects(fut.entry.element(refused, 0n), cause);
      const scalar = fut.entry.positive("x");
      await assert.rejects(fut.entry.positive(scalar), /^ArgumentError: positive argument 1/);
      const unknown = (await types.entry.middle({ lat: 0, lon: 0 }, { lat: 0, lon: 0 })).project(
        "z",
      );
      await assert.rejects(types.entry.unmark([unknown, true]), /place project: expected one of/);
    });

    test("a failed value within a record is the cause, too", async () => {
      const bad = types.entry.overwrite([], 1);
      const cause = { name: "ProgramError", message: /^overwrite: .*out of bounds/ };
      await assert.rejects(types.entry.hold_overwrite({ xs: bad, tag: 1 }), cause);
      await assert.rejects(types.toFuthark("holder", { xs: bad, tag: 1 }), cause);
    });

    test("consumption does not change the values of other handles", async () => {
      const xs = await fut.entry.same([1, 2]);
      const ys = await fut.entry.same(xs);
      const [a, b] = await fut.entry.twice(ys);
      const zs = await fut.entry.put(xs, 0n, 9);
      assert.deepEqual([...(await zs.values())], [9, 2]);
      for (const each of [ys, a, b]) assert.deepEqual([...(await each.values())], [1, 2]);
      const constant = await fut.entry.constant();
      await fut.entry.put(constant, 0n, -1);
      assert.equal(await (await fut.entry.constant()).at(0), 0);
      const sum = await fut.entry.add_to(a, a);
      assert.deepEqual([...(await sum.values())], [3, 3]);
    });

    test("several modules work at once, each with its own values", async () => {
      await using other = await open(errors, { backend });
      const mine = await fut.entry.same([1]);
      const its = await other.entry.same([2]);
      const all = Array.from({ length: 100 }, (_, i) =>
        (i % 2 === 0 ? fut : other).entry.element(i % 2 === 0 ? mine : its, 0n),
      );
      assert.deepEqual(
        await Promise.all(all),
        Array.from({ length: 100 }, (_, i) => 1 + (i % 2)),
      );
      await assert.rejects(other.entry.same(mine), { code: "wrong-module" });
      assert.deepEqual([...(await mine.values())], [1]);
    });

    test("memory of freed values is released", async () => {
      const [pid] = workersOf().filter((each) => each !== undefined);
      assert.ok(pid !== undefined);
      const data = new Int32Array(2 ** 21);
      await using own = await open(errors, { backend });
      const workers = workersOf();
      const worker = Math.max(...workers);
      const round = async () => (await own.entry.same(data)).free();
      for (let i = 0; i < 3; i++) await round();
      const before = residentBytes(worker);
      for (let i = 0; i < 20; i++) await round();
      await own.entry.positive(1);
      assert.ok(residentBytes(worker) - before < 4 * data.byteLength);
    });
  });
}

test("a refused call frees the values it created, after their requests were sent", async () => {
  await using fut = await open(programPath("weigh"), { backend: "c" });
  // The record waits for its number, the result of an earlier call; the call with it is refused.
  const late = fut.entry.weigh({ xs: [1, 2], n: 3n }, 1n);
  await assert.rejects(fut.entry.weigh({ xs: [7], n: late }, "bad"), { code: "bad-argument" });
  // Values made now must not have the record's number, which its request is still to fill.
  const made: FutharkRecord[] = await Promise.all(
    Array.from({ length: 4 }, (_, i) => fut.types.load.new({ xs: [i], n: 10n })),
  );
  await late;
  const shown = await Promise.all(made.map((each) => each.toObject()));
  assert.deepEqual(
    shown.map((each) => (each as { xs: NdArray<"i32"> }).xs.toNested()),
    [[0], [1], [2], [3]],
  );
});

test("numbers of values that were consumed while pending are freed likewise", async () => {
  const { stdout } = await runScript(
    `
    const { Session } = await import("./ts/client/session.ts");
    const { until } = await import("./test/support/processes.ts");
    let greatest = 0;
    const { allocate } = Session.prototype;
    Session.prototype.allocate = function (type) {
      const slot = allocate.call(this, type);
      greatest = Math.max(greatest, slot.id);
      return slot;
    };
    const fut = await open(program("errors"), { backend: "c" });
    const data = new Int32Array(20_000);
    let handles = [];
    const round = async () => {
      for (let i = 0; i < 50; i++) {
        const consumed = fut.entry.same(data);
        (await fut.entry.put(consumed, 0n, 2)).free();
        handles.push(new WeakRef(await consumed));
      }
    };
    await round();
    const first = greatest;
    for (let i = 0; i < 4; i++) {
      await until("handles are collected", () => {
        gc();
        return handles.every((ref) => ref.deref() === undefined);
      });
      handles = [];
      await round();
    }
    console.log(greatest <= first + 100);
    await fut.close();
    `,
    { flags: ["--expose-gc"] },
  );
  assert.equal(stdout, "true\n");
});

test("values that nobody freed are freed when they are collected", async () => {
  const { stdout, stderr, status } = await runScript(
    `
    const { residentBytes, until, workersOf } = await import("./test/support/processes.ts");
    const fut = await open(program("errors"), { backend: "c" });
    const [worker] = workersOf();
    const data = new Int32Array(2 ** 20);
    let kept;
    const round = async () => {
      kept = [];
      for (let i = 0; i < 20; i++) kept.push(new WeakRef(await fut.entry.same(data)));
    };
    await round();
    const before = residentBytes(worker);
    for (let i = 0; i < 12; i++) {
      await until("handles are collected", () => {
        gc();
        return kept.every((ref) => ref.deref() === undefined);
      });
      await round();
    }
    // The memory in use is that of one or two rounds, not of all.
    console.log(residentBytes(worker) - before < 4 * 20 * data.byteLength);
    await fut.close();
  `,
    { flags: ["--expose-gc"] },
  );
  assert.equal(stderr, "");
  assert.equal(stdout, "true\n");
  assert.equal(status, 0);
});

test("no failure of a pending call that was passed on is left unhandled", async () => {
  const { stdout, stderr, status } = await runScript(`
    process.on("unhandledRejection", (error) => { console.log("unhandled", error.message); });
    const fut = await open(program("errors"), { backend: "c" });
    const types = await open(program("types"), { backend: "c" });
    const report = (promise) => promise.catch((error) => console.log(error.message.split("\\n")[0]));
    await report(fut.entry.same(fut.entry.same(fut.entry.slice([1], 0n, 9n))));
    await report(fut.entry.same(fut.entry.slice("x", 0n, 9n)));
    await report(fut.entry.positive(fut.entry.positive(-1)));
    await report(fut.entry.element(fut.entry.slice([1], 0n, 9n), fut.entry.scratch(2n)));
    await report(fut.entry.dot(fut.entry.slice([1], 0n, 9n)));
    await report(fut.entry.dot("x", fut.entry.slice([1], 0n, 9n)));
    await report(types.entry.hold_overwrite({ xs: types.entry.overwrite([], 1), tag: "x" }));
    class Holder { tag = "x"; xs = types.entry.overwrite([], 1); }
    await report(types.entry.hold_overwrite(new Holder()));
    await report(fut.fromFuthark(fut.entry.same("x"), 5));
    const freed = await fut.entry.same([1]);
    freed.free();
    const pendingFreed = fut.entry.same([1]);
    pendingFreed.free();
    await report(fut.fromFuthark(freed, pendingFreed));
    const aborted = { signal: AbortSignal.abort() };
    await report(fut.entry.same.with(aborted)(fut.entry.same("x")));
    await report(types.toFuthark("none", types.entry.fresh("x")));
    await report(types.types.place.construct("none", types.entry.fresh("x")));
    await report(types.types["[]place"].zip({ lat: types.entry.fresh("x"), lon: [], none: 1 }));
    const { workersOf } = await import("./test/support/processes.ts");
    const kept = await fut.entry.same([1]);
    for (const pid of workersOf()) process.kill(pid, "SIGKILL");
    for (let i = 0; i < 3; i++) {
      await fut.fromFuthark(fut.entry.same(kept)).then(() => console.log("of a dead worker"), () => {});
    }
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([fut.close(), types.close()]);
  `);
  assert.equal(stderr, "");
  assert.deepEqual(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(/[:;].*/, "")),
    [
      "slice",
      "slice argument 1 (xs)",
      "positive",
      "slice",
      "dot",
      "dot argument 1 (xs)",
      "hold_overwrite argument 1 (h).tag",
      "hold_overwrite argument 1 (h).tag",
      "fromFuthark argument 2",
      "[]i32 values",
      "same",
      "the program has no type none",
      "place construct",
      "[]place zip",
    ],
  );
  assert.equal(status, 0);
});
