import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type FutharkArray,
  type FutharkModule,
  type FutharkPool,
  nd,
  openPool,
} from "../../ts/index.ts";
import { isAlive, until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
/** More steps than anyone waits for. */
const FOREVER = 2n ** 62n;

/** A promise and the means to settle it. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

let pool: FutharkPool;
before(async () => {
  pool = await openPool(errors, { backend: "c", workers: 2 });
});
after(() => pool.close());

const pids = (of: FutharkPool): number[] => of.modules.map((fut) => fut.pid as number);

test("all workers take tasks from one queue, whichever method added them", async () => {
  const used = new Set<FutharkModule>();
  const gates = [gate(), gate()];
  // Neither task ends before the other has started: one worker alone would never finish.
  const both = gates.map((own, i) =>
    pool.map(
      async (fut) => {
        used.add(fut);
        own.open();
        await (gates[1 - i] as (typeof gates)[0]).passed;
      },
      [i],
    ),
  );
  await Promise.all(both);
  assert.equal(used.size, 2);
});

test("tasks that follow one another go to all workers in turn", async () => {
  const used: FutharkModule[] = [];
  for (let i = 0; i < 4; i++) await pool.run(async (fut) => used.push(fut));
  assert.equal(new Set(used.slice(0, 2)).size, 2);
  assert.deepEqual(used.slice(2), used.slice(0, 2));
});

test("size, idle and queued describe the pool's state", async () => {
  assert.deepEqual([pool.size, pool.idle, pool.queued], [2, 2, 0]);
  const wait = gate();
  const tasks = Array.from({ length: 5 }, () => pool.run(() => wait.passed));
  assert.deepEqual([pool.size, pool.idle, pool.queued], [2, 0, 3]);
  wait.open();
  await Promise.all(tasks);
  assert.deepEqual([pool.size, pool.idle, pool.queued], [2, 2, 0]);
});

test("an entry point of a pool takes plain data and returns plain data", async () => {
  const xs = Int32Array.of(1, 2, 3);
  const same = await pool.entry.same(xs);
  assert.deepEqual([...same.data], [1, 2, 3]);
  assert.equal(await pool.entry.positive(3), 3);
  const [left, right] = await pool.entry.twice([4, 5]);
  assert.deepEqual(
    [left.toNested(), right.toNested()],
    [
      [4, 5],
      [4, 5],
    ],
  );
  await assert.rejects(pool.entry.positive(-1), { name: "ProgramError" });
  await assert.rejects(pool.entry.positive("x"), { name: "ArgumentError" });
  assert.throws(() => pool.entry.positiv, { message: /no entry point positiv/ });
});

test("what is written to an argument after the call is not seen by it", async () => {
  const wait = gate();
  const blockers = [pool.run(() => wait.passed), pool.run(() => wait.passed)];
  const xs = Int32Array.of(1, 2, 3);
  const queued = [pool.entry.same(xs), pool.entry.same(nd(xs, [3])), pool.entry.same([...xs])];
  xs.fill(9);
  wait.open();
  for (const result of await Promise.all(queued)) assert.deepEqual(result.toNested(), [1, 2, 3]);
  await Promise.all(blockers);
});

test("handles and pending calls are refused as arguments of a pool's entry point", async () => {
  const [fut] = pool.modules as [FutharkModule];
  const handle: FutharkArray = await fut.entry.same([1]);
  await assert.rejects(pool.entry.same(handle), {
    name: "ArgumentError",
    message: /^same argument 1 \(xs\): expected plain data, got .*use pool\.run/,
  });
  await assert.rejects(pool.entry.same(fut.entry.same([1])), { name: "ArgumentError" });
  handle.free();
});

test("map yields the results in the order of the inputs and takes few of them ahead", async () => {
  let taken = 0;
  let most = 0;
  let done = 0;
  function* inputs(): Generator<[number]> {
    for (let i = 1; i <= 40; i++) {
      taken++;
      most = Math.max(most, taken - done);
      yield [i];
    }
  }
  const seen: [number, number | undefined][] = [];
  const results = await pool.map("positive", inputs(), {
    lookAhead: 1,
    onProgress: (n, total) => {
      done = n;
      seen.push([n, total]);
    },
  });
  assert.deepEqual(
    results,
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
  assert.ok(most <= 4, `${most} inputs were taken and not done`); // 2 run, 1 waits, 1 was just taken
  assert.deepEqual(seen.at(-1), [40, undefined]);
  await assert.rejects(pool.map("nothing", [1]), { message: /no entry point nothing/ });
});

test("looking further ahead than there are inputs costs nothing", async () => {
  for (const lookAhead of [1_000_000, Number.MAX_SAFE_INTEGER]) {
    assert.deepEqual(await pool.map("positive", [1, 2, 3], { lookAhead }), [1, 2, 3]);
  }
  let taken = 0;
  const endless = (function* (): Generator<number, void> {
    for (;;) yield ++taken;
  })();
  const wait = gate();
  const all = pool.map(async () => await wait.passed, endless, { lookAhead: 98 });
  await until("all inputs are taken that may be", () => taken === 98 + pool.size);
  endless.return();
  wait.open();
  assert.equal((await all).length, 98 + pool.size);
});

test("a failing task ends the map: its source is returned, tasks that wait do not start", async () => {
  let returned = false;
  async function* endless(): AsyncGenerator<number> {
    try {
      for (let i = 1; ; i++) yield i;
    } finally {
      returned = true;
    }
  }
  const started: number[] = [];
  const task = async (fut: FutharkModule, input: number): Promise<number> => {
    started.push(input);
    return await fut.entry.positive(input === 3 ? -1 : input);
  };
  await assert.rejects(pool.map(task, endless()), { name: "ProgramError" });
  assert.ok(returned);
  assert.ok(Math.max(...started) < 10);
  assert.deepEqual([pool.idle, pool.queued], [2, 0]);
});

test("a task whose worker ends is run once more, and each lost worker is replaced by one", async () => {
  const before = new Set(pids(pool));
  const runs = new Map<number, number>();
  const kill = new Set([7, 23]);
  const results = await pool.map(
    async (fut, input) => {
      runs.set(input, (runs.get(input) ?? 0) + 1);
      if (kill.delete(input)) process.kill(fut.pid as number, "SIGKILL");
      return await fut.entry.positive(input);
    },
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    results,
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  assert.equal(
    [...runs.values()].reduce((a, b) => a + b),
    52,
  );
  assert.deepEqual([runs.get(7), runs.get(23)], [2, 2]);
  for (const pid of before) if (!pids(pool).includes(pid)) assert.ok(!isAlive(pid));
  await pool.map("positive", [1, 2, 3, 4]);
  assert.equal(new Set(pids(pool)).size, 2);
});

test("with retries: 0 a task whose worker exits fails, and the pool continues", async () => {
  await using own = await openPool(errors, { backend: "c", workers: 1, retries: 0 });
  const lost = own.run(async (fut) => {
    process.kill(fut.pid as number, "SIGKILL");
    return await fut.entry.spin(FOREVER);
  });
  const queued = own.entry.positive(5);
  await assert.rejects(lost, { name: "WorkerExitError" });
  assert.equal(await queued, 5);
});

test("a signal or a limit ends the task that runs, drops the one that waits, and no other", async () => {
  const abort = new AbortController();
  const running = pool.run((fut) => fut.entry.spin(FOREVER), { signal: abort.signal });
  const limited = pool.entry.spin.with({ timeoutMs: 20 })(FOREVER);
  const waits = pool.run((fut) => fut.entry.positive(1), { signal: abort.signal });
  const others = [pool.entry.positive(2), pool.entry.positive(3)];
  await assert.rejects(limited, { name: "TimeoutError", code: "timeout" });
  abort.abort(new Error("enough"));
  const expected = { name: "AbortError", code: "aborted", cause: new Error("enough") };
  await assert.rejects(running, expected);
  await waits.catch((error) => assert.equal(error.code, "aborted"));
  assert.deepEqual(await Promise.all(others), [2, 3]);
  await assert.rejects(
    pool.run(async () => 1, { signal: AbortSignal.abort() }),
    {
      code: "aborted",
    },
  );
  assert.deepEqual([pool.idle, pool.queued], [2, 0]);
});

test("an aborted map rejects at once, also when its source never yields again", async () => {
  const abort = new AbortController();
  const asked = gate();
  async function* stuck(): AsyncGenerator<number> {
    asked.open();
    await new Promise<never>(() => {});
    yield 1;
  }
  const mapped = pool.map("positive", stuck(), { signal: abort.signal });
  await asked.passed;
  abort.abort();
  await assert.rejects(mapped, { code: "aborted" });
});

test("closing rejects queued tasks, waits for running ones, and leaves no process", async () => {
  const own = await openPool(errors, { backend: "c", workers: 2 });
  const processes = pids(own);
  const wait = gate();
  const running = [1, 2].map((x) =>
    own.run(async (fut) => {
      await wait.passed;
      return await fut.entry.positive(x);
    }),
  );
  const waiting = own.entry.positive(3);
  const closing = own.close();
  await assert.rejects(waiting, { name: "ValueStateError", message: /the pool was closed/ });
  wait.open();
  assert.deepEqual(await Promise.all(running), [1, 2]);
  await closing;
  assert.deepEqual(processes.filter(isAlive), []);
  await assert.rejects(own.entry.positive(1), { name: "ValueStateError" });
  await assert.rejects(own.map("positive", [1]), { name: "ValueStateError" });
});

test("workers that die in many maps at once, and while the pool closes, leave no process", async () => {
  const others = new Set(workersOf());
  // A task may be run again in the second victim, before its end is noticed.
  const own = await openPool(errors, { backend: "c", workers: 3, retries: 2 });
  const victims = pids(own).slice(0, 2);
  const maps = Array.from({ length: 50 }, (_, i) => own.entry.positive(i + 1));
  for (const pid of victims) process.kill(pid, "SIGKILL");
  assert.deepEqual(
    await Promise.all(maps),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  for (const pid of pids(own)) process.kill(pid, "SIGKILL");
  const late = own.entry.positive(1);
  await Promise.allSettled([late, own.close()]);
  await until("no worker is left", () => workersOf().every((pid) => others.has(pid)));
});

test("options and tasks of the wrong kind are refused", async () => {
  await assert.rejects(openPool(errors, { workers: 0 }), { name: "ArgumentError" });
  await assert.rejects(openPool(errors, { retries: -1 }), { name: "ArgumentError" });
  await assert.rejects(pool.run("positive" as never), {
    name: "ArgumentError",
    message: /pool\.run: expected a function/,
  });
  await assert.rejects(pool.map("positive", [1], { lookAhead: 0.5 }), { name: "ArgumentError" });
});
