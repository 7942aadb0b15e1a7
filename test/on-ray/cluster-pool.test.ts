import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { type FutharkPool, isFutharkError, nd, openPool } from "../../ts/index.ts";
import { until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { NO_RAY, onRay, processesWith } from "./cluster.ts";

const program = programPath("errors");
const FOREVER = 2n ** 62n;

describe("a pool on a cluster of its own", { skip: NO_RAY }, () => {
  let pool: FutharkPool;
  let local: FutharkPool;
  before(async () => {
    local = await openPool(program, { backend: "c", workers: 1 });
    pool = await openPool(program, { ...onRay, env: { TEST_MARK: "pool" } });
  });
  after(async () => {
    await Promise.all([pool.close(), local.close()]);
    assert.deepEqual(processesWith("TEST_MARK=pool"), []);
  });

  test("results and errors are those of a pool on this machine", async () => {
    const floats = Float32Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY);
    const calls: [string, ...unknown[]][] = [
      ["same", Int32Array.of()],
      ["same", new Int32Array(100_000).fill(7)],
      ["head_tail_sum", BigInt64Array.of(2n ** 60n, 3n)],
      ["head_tail_sum", BigInt64Array.of()],
      ["div_mod", 7, 2],
      ["div_mod", 7, 0],
      ["dot", floats, floats],
      ["dot", floats, Float32Array.of(1)],
      ["matmul", nd(new Float64Array(6), [2, 3]), nd(new Float64Array(6), [3, 2])],
      ["positive", -1],
      ["positive", 1.5],
      ["root", -1],
      ["element", Int32Array.of(1), 2n],
      ["twice", [4, 5]],
    ];
    const outcome = async (of: FutharkPool, [name, ...args]: (typeof calls)[0]) => {
      try {
        return await of.entry[name](...args);
      } catch (error) {
        assert.ok(isFutharkError(error), String(error));
        const { code, message } = error;
        return { code, message, status: isFutharkError(error, "program-error") && error.status };
      }
    };
    for (const call of calls) {
      assert.deepEqual(await outcome(pool, call), await outcome(local, call), call[0]);
    }
  });

  test("a chain keeps what is between its ends on the node", async () => {
    const args = [Int32Array.of(1, 2, 3)];
    const chain = ["same", "reciprocals", "same"];
    assert.deepEqual(await pool.run(chain, args), await local.run(chain, args));
    await assert.rejects(pool.run(["same", "positive"], args), /positive takes \(i32\)/);
    await assert.rejects(pool.run(["same", "reciprocals"], [Int32Array.of(0)]), {
      code: "program-error",
    });
  });

  test("a shared input is used by tasks, and consumed by none", async () => {
    for (const of of [pool, local]) {
      const xs = new Int32Array(50_000).map((_, i) => i);
      using shared = await of.put(xs);
      assert.equal(shared.type, "[]i32");
      xs.fill(0);
      const set = await of.entry.put(shared, 3n, 77);
      assert.deepEqual([set.data[3], set.data[4]], [77, 4]);
      const found = await of.map(
        "element",
        [3n, 49_999n].map((i) => [shared, i]),
      );
      assert.deepEqual(found, [3, 49_999]);
      shared.free();
      await assert.rejects(of.entry.same(shared), { code: "freed" });
    }
    const other = await local.put(Int32Array.of(1));
    await assert.rejects(pool.entry.same(other), /of another pool/);
    await assert.rejects(pool.put(new Uint8Array(1)), /type that the program uses, got \[\]u8/);
  });

  test("what cannot be on a cluster is refused, and says what to do", async () => {
    assert.throws(() => pool.modules, { code: "bad-argument", message: /use pool.entry/ });
    await assert.rejects(
      pool.run(async () => 1),
      { code: "bad-argument" },
    );
    await assert.rejects(
      pool.map(async () => 1, [1]),
      /JavaScript does not travel/,
    );
    await assert.rejects(pool.entry.same(Promise.resolve(1)), { code: "bad-argument" });
    await assert.rejects(openPool(program, { ...onRay, workers: 2 } as never), /use actors/);
    await assert.rejects(openPool(program, { ...onRay, actors: 0 }), /option actors/);
    await assert.rejects(openPool(program, { ...onRay, on: "dask" } as never), /"ray"/);
    await assert.rejects(openPool(program, { ...onRay, address: "ray://x:1" }), /ray start/);
  });

  test("a limit ends the actor of a running task, and no other task", async () => {
    const forever = pool.entry.spin.with({ timeoutMs: 1000 })(FOREVER);
    const others = pool.map("positive", [1, 2, 3, 4, 5, 6, 7, 8]);
    await assert.rejects(forever, { code: "timeout", message: "spin: took longer than 1000 ms" });
    assert.deepEqual(await others, [1, 2, 3, 4, 5, 6, 7, 8]);
    const control = new AbortController();
    const aborted = pool.map("spin", [FOREVER, FOREVER, FOREVER, FOREVER, FOREVER], {
      signal: control.signal,
    });
    setImmediate(() => control.abort());
    await assert.rejects(aborted, { code: "aborted" });
    assert.equal(await pool.entry.positive(5), 5);
  });

  test("inputs are taken as actors have room", async () => {
    let taken = 0;
    function* inputs() {
      for (let i = 1; i <= 50; i++) {
        taken++;
        yield i;
      }
    }
    let most = 0;
    await pool.map("positive", inputs(), {
      onProgress: (done) => {
        most = Math.max(most, taken - done);
      },
    });
    assert.ok(most <= 5, `${most} inputs were taken ahead`);
  });
});

describe("types and ends", { skip: NO_RAY }, () => {
  test("values of all kinds come as from a pool on this machine", async () => {
    const types = programPath("types");
    await using pool = await openPool(types, { ...onRay, actors: 1 });
    await using local = await openPool(types, { backend: "c", workers: 1 });
    const { checked } = await callAll(local, pool);
    assert.ok(checked > 20, `${checked} entry points were compared`);
    const figures = await local.entry.figures(5n);
    const composite: [string, ...unknown[]][] = [
      ["same_figure", figures[1]],
      ["middle", { lat: 1, lon: 2 }, { lat: 3, lon: 5 }],
      ["swap", [7, Float64Array.of(1, 2)]],
      ["flip_grid", await local.entry.place_grid(2n, 3n)],
      ["north", await local.entry.places(3n)],
      ["halves", { a: 1, b: [1, 2] }],
      ["unmark", [3, true]],
      ["trip_home", await local.entry.trip(3n)],
    ];
    for (const [name, ...args] of composite) {
      assert.deepEqual(await pool.entry[name](...args), await local.entry[name](...args), name);
    }
  });

  test("nothing is left when Node is killed", async () => {
    const code = `
      import { openPool } from ${JSON.stringify(new URL("../../ts/index.ts", import.meta.url))};
      await openPool(${JSON.stringify(program)}, ${JSON.stringify({ ...onRay, actors: 1 })});
      console.log("open");
      setInterval(() => {}, 1e6);`;
    const node = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
      env: { ...process.env, TEST_MARK: "killed" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(node.stdout, "data");
    assert.ok(processesWith("TEST_MARK=killed").length > 2);
    node.kill("SIGKILL");
    await until("Ray ends", () => processesWith("TEST_MARK=killed").length === 0, 60_000);
  });
});

/** Calls the entry points whose arguments are numbers or arrays, on both pools. */
async function callAll(local: FutharkPool, pool: FutharkPool): Promise<{ checked: number }> {
  let checked = 0;
  for (const { name, inputs } of local.entryPoints) {
    const args = inputs.map(({ type }) => sample(type));
    if (args.includes(undefined)) continue;
    const [expected, got] = await Promise.all(
      [local, pool].map((of) =>
        of.entry[name](...args).catch(({ code }: { code: string }) => code),
      ),
    );
    assert.deepEqual(got, expected, name);
    checked++;
  }
  return { checked };
}

function sample(type: string): unknown {
  if (/^[iu]64$/.test(type)) return 2n;
  if (/^[iuf]\d+$/.test(type)) return 2;
  if (type === "bool") return true;
  if (type.startsWith("[]") && sample(type.slice(2)) !== undefined) {
    return [sample(type.slice(2)), sample(type.slice(2))];
  }
  return undefined;
}
