import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, describe, test } from "node:test";
import { type FutharkPool, openPool } from "../../ts/index.ts";
import { until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import {
  driversOf,
  NO_RAY,
  onRay,
  processesWith,
  startTwoNodes,
  type TwoNodes,
} from "./cluster.ts";

const program = programPath("errors");
const FOREVER = 2n ** 62n;

/** Ends the driver of the only pool with a mark, without a warning. */
async function killDriver(mark: string): Promise<number> {
  const [driver] = driversOf(mark);
  process.kill(driver as number, "SIGKILL");
  return driver as number;
}

describe("a driver that dies", { skip: NO_RAY }, () => {
  let nodes: TwoNodes;
  before(async () => {
    nodes = await startTwoNodes();
  });
  after(() => nodes.end());
  const open = (mark: string, options: object = {}): Promise<FutharkPool> =>
    openPool(program, {
      ...onRay,
      address: nodes.address,
      env: { ...nodes.env, TEST_MARK: mark },
      ...options,
    });

  test("is replaced, and tasks are run again as far as they have a retry", async () => {
    await using pool = await open("replaced");
    const xs = new Int32Array(300_000).map((_, i) => i);
    const shared = await pool.put(xs);
    const freed = await pool.put(xs);
    const inputs = Array.from({ length: 40 }, (_, i) => i);
    // Tasks that were submitted before it was freed use it, also with the next driver.
    const later = Promise.all([1, 2, 3, 4, 5, 6].map(() => pool.entry.same(freed)));
    freed.free();
    const killed: Promise<number>[] = [];
    const results = pool.map(
      "element",
      inputs.map((i) => [i % 2 === 0 ? shared : Int32Array.from(xs), BigInt(i)]),
      { onProgress: (done) => void (done === 2 && killed.push(killDriver("replaced"))) },
    );
    assert.deepEqual(await results, inputs);
    for (const { data } of await later) assert.equal(data[299_999], 299_999);
    assert.ok(pool.retried > 0 && pool.retried <= 4, `${pool.retried} were sent again`);
    await assert.rejects(pool.entry.same(freed), { code: "freed" });
    assert.equal(await pool.run("element", [shared, 7n]), 7);
    const [other] = driversOf("replaced");
    assert.notEqual(other, await killed[0]);
    assert.equal(driversOf("replaced").length, 1);
  });

  test("fails the tasks that have no retry, and no task that waits", async () => {
    await using pool = await open("typed", { retries: 0, inFlight: 1 });
    const large = new Int32Array(1_000_000).fill(3);
    const running = [1, 2].map(() => pool.entry.spin(FOREVER));
    const waiting = pool.entry.same(large);
    large.fill(4);
    await killDriver("typed");
    for (const each of running) {
      await assert.rejects(each, { code: "worker-exit", signal: "SIGKILL" });
    }
    const { data } = await waiting;
    assert.ok(data.every((x: number) => x === 3));
    assert.equal(pool.retried, 0);
  });

  test("leaves nothing running, also when the pool is closed while another one starts", async () => {
    await using pool = await open("refused", { actors: undefined });
    assert.equal(pool.size, 2);
    assert.equal(await pool.entry.positive(1), 1);
    await killDriver("refused");
    await until("its actors end", () => nodes.actors() === 0, 30_000);
    await until("its end is noticed", () => pool.idle === 0);
    const tasks = [1, 2, 3].map((x) => assert.rejects(pool.entry.positive(x), { code: "freed" }));
    await pool.close();
    await Promise.all(tasks);
    assert.deepEqual(driversOf("refused"), []);
  });
});

describe("a driver of a cluster of its own that dies", { skip: NO_RAY }, () => {
  test("takes its cluster with it, and gets another", async () => {
    const folders = (): string[] => readdirSync(tmpdir()).filter((name) => /^fb-ray-/.test(name));
    const before = folders();
    const pool = await openPool(program, { ...onRay, actors: 1, env: { TEST_MARK: "own" } });
    assert.equal(await pool.entry.positive(1), 1);
    const first = processesWith("TEST_MARK=own");
    await killDriver("own");
    const gone = until(
      "the first cluster ends",
      () => !processesWith("TEST_MARK=own").some((pid) => first.includes(pid)),
      30_000,
    );
    assert.equal(await pool.entry.positive(2), 2);
    await gone;
    await pool.close();
    assert.deepEqual(processesWith("TEST_MARK=own"), []);
    assert.deepEqual(folders(), before);
  });
});
