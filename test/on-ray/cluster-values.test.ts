import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { type FutharkPool, type NdArray, openPool, type PoolInput } from "../../ts/index.ts";
import { Block } from "../../ts/memory/block.ts";
import { programPath } from "../support/programs.ts";
import { driversOf, NO_RAY, onRay, startTwoNodes, type TwoNodes } from "./cluster.ts";

const FOREVER = 2n ** 62n;

describe("values on a cluster", { skip: NO_RAY }, () => {
  let nodes: TwoNodes;
  before(async () => {
    nodes = await startTwoNodes();
  });
  after(() => nodes.end());
  const open = (program: string, mark: string, options: object = {}): Promise<FutharkPool> =>
    openPool(programPath(program), {
      ...onRay,
      address: nodes.address,
      env: { ...nodes.env, TEST_MARK: mark },
      ...options,
    });

  test("whatever consumes a shared input, it keeps its values", async () => {
    await using pool = await open("errors", "consumed", { actors: 1 });
    const xs = Int32Array.from({ length: 50_000 }, (_, i) => i);
    using shared = await pool.put(xs);
    const sums = Int32Array.from(xs, (x) => x + 49_999 - x);
    for (let again = 0; again < 2; again++) {
      // Consumed while the same input is read.
      assert.deepEqual((await pool.entry.add_to(shared, shared)).data, sums);
      // Consumed by the second of a chain, as what the first returned, twice.
      const chained = await pool.run<NdArray>(["twice", "add_to"], [shared]);
      assert.deepEqual(chained.data, sums);
      assert.deepEqual((await pool.entry.put(shared, 0n, 9)).data[0], 9);
      await assert.rejects(pool.entry.put(shared, -1n, 9), { code: "program-error" });
      assert.deepEqual((await pool.entry.same(shared)).data, xs);
    }
    // Arrays in the object store are read-only, and tasks that are run again read them again.
    const own = Int32Array.from(xs);
    assert.deepEqual((await pool.entry.add_to(own, own)).data, sums);
    assert.deepEqual(own, xs);
    const empty = await pool.put(new Int32Array(0));
    assert.deepEqual((await pool.entry.same(empty)).data, new Int32Array(0));
  });

  test("parts of records can be shared", async () => {
    await using pool = await open("types", "parts", { actors: 1 });
    await using local = await openPool(programPath("types"), { backend: "c", workers: 1 });
    for (let again = 0; again < 2; again++) {
      const results = await Promise.all(
        [pool, local].map(async (of) => {
          using shared = await of.put(Int32Array.of(4, 5, 6));
          const held = await of.entry.hold_in_place({ xs: shared, tag: 7 });
          return [held, await of.entry.overwrite(shared, 1), await of.entry.alias(shared)];
        }),
      );
      assert.deepEqual(results[0], results[1]);
      assert.deepEqual([...((results[0] as { data: Int32Array }[])[2]?.data ?? [])], [4, 5, 6]);
    }
  });

  test("a task that was stopped behind another one does not hold up its actor", async () => {
    await using pool = await open("errors", "behind", { actors: 1 });
    // About a second.
    const first = pool.entry.spin(300_000_000n);
    const second = pool.entry.spin.with({ timeoutMs: 100 })(FOREVER);
    const third = pool.entry.positive(3);
    await assert.rejects(second, { code: "timeout" });
    assert.equal(typeof (await first), "bigint");
    assert.equal(await third, 3);
    assert.equal(pool.retried, 0);
  });

  test("an array is copied three times on its way in, and four times on its way out", async (t) => {
    const env = { ...nodes.env, ...nodes.logged };
    await using pool = await open("errors", "copied", { actors: 1, env });
    const large = Int32Array.from({ length: 1_000_000 }, (_, i) => i);
    const [copyIn, copyOut] = (["copyIn", "copyOut"] as const).map((name) =>
      t.mock.method(Block.prototype, name),
    );
    const counts = (): number[] => [copyIn, copyOut].map((each) => each?.mock.callCount() ?? 0);
    const copies = async (run: () => Promise<NdArray>): Promise<string[]> => {
      const before = nodes.copies().length;
      assert.deepEqual((await run()).data, large);
      return nodes
        .copies()
        .slice(before)
        .map((line) => line.replace(/ 4000\d\d\d$/, ""));
    };
    // Ray copies into its store what it is given from elsewhere.
    const out = ["copy - memory", "copy store slab"];
    assert.deepEqual(await copies(() => pool.entry.same(large)), [
      ...["copy slab -", "copy store -"],
      ...out,
    ]);
    assert.deepEqual(counts(), [1, 1]);
    // What is shared is copied into shared memory, the store and Futhark once.
    let shared: PoolInput | undefined;
    const first = await copies(async () => {
      shared = await pool.put(large);
      return await pool.entry.same(shared);
    });
    assert.deepEqual(first, ["copy slab -", "copy store -", ...out]);
    assert.deepEqual(await copies(() => pool.entry.same(shared)), out);
    assert.deepEqual(counts(), [2, 3]);
  });

  test("many tasks leave nothing open in the driver", async () => {
    await using pool = await open("errors", "many");
    const open_ = (): number => {
      const [driver] = driversOf("many");
      const folder = `/proc/${driver}/fd`;
      return readdirSync(folder).filter((fd) => {
        try {
          return readlinkSync(`${folder}/${fd}`) !== "";
        } catch {
          return false;
        }
      }).length;
    };
    const inputs = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
    const large = new Int32Array(40_000).fill(1);
    await pool.map("positive", inputs(200));
    await pool.map("same", [large, large, large, large]);
    const before = open_();
    await pool.map("positive", inputs(3000));
    await pool.map(
      "same",
      inputs(100).map(() => large),
    );
    assert.ok(open_() <= before + 4, `${open_()} descriptors, ${before} before`);
  });
});
