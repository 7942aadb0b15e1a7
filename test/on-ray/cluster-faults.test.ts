import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { nd, openPool } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";
import { NO_RAY, type Order, RAY_PYTHON, startTwoNodes, type TwoNodes } from "./cluster.ts";

const TASKS = 10_000;
/** What happens after how many results. */
const EVENTS: readonly (readonly [number, Order])[] = [
  [1500, "kill-actor"],
  [3500, "kill-node"],
  [4000, "add-node"],
  [7500, "freeze-node"],
];

describe("a cluster that loses actors and nodes", { skip: NO_RAY }, () => {
  let nodes: TwoNodes;
  before(async () => {
    nodes = await startTwoNodes();
  });
  after(async () => {
    await nodes.end();
  });

  test("a cluster with a token lets nobody in without it", async () => {
    const refused = openPool(programPath("errors"), {
      ...{ on: "ray", address: nodes.address, backend: "c", actors: 2 },
      ...{ env: { RAY_AUTH_MODE: "disabled" }, python: RAY_PYTHON, output: "ignore" },
    });
    await assert.rejects(refused, { code: "build", message: /cannot join .*RAY_AUTH_TOKEN_PATH/s });
  });

  test("every result comes once, in order, and as from a pool of this machine", async () => {
    const program = programPath("errors");
    const inputs = Array.from({ length: TASKS }, (_, i) => [
      nd(Int32Array.from({ length: 1 + (i % 7) }, (__, j) => i + j + 1)),
    ]);
    await using local = await openPool(program, { backend: "c", workers: 2 });
    const expected = await local.map<unknown, { toNested(): unknown }>("reciprocals", inputs);
    await using pool = await openPool(program, {
      ...{ on: "ray", address: nodes.address, backend: "c", actors: 2, lostAfterMs: 6000 },
      ...{ env: nodes.env, python: RAY_PYTHON, output: "ignore" },
    });
    const before = nodes.executions();
    const orders = new Map(EVENTS);
    let told = Promise.resolve();
    let seen = 0;
    const results = await pool.map<unknown, { toNested(): unknown }>("reciprocals", inputs, {
      onProgress: (done) => {
        seen++;
        assert.equal(done, seen);
        const order = orders.get(done);
        if (order !== undefined) told = told.then(() => nodes.order(order));
      },
    });
    await told;
    assert.equal(seen, TASKS);
    assert.deepEqual(
      results.map((each) => each.toNested()),
      expected.map((each) => each.toNested()),
    );
    // A task that ran when its actor was lost was started again, and no other.
    const twice = nodes.executions() - before - TASKS;
    process.stderr.write(`${pool.retried} tasks sent again, ${twice} of them executed twice\n`);
    assert.ok(twice >= 0 && twice <= pool.retried, `${twice} of ${pool.retried}`);
    assert.ok(pool.retried <= 2 * EVENTS.length, `${pool.retried} tasks were sent again`);
  });
});
