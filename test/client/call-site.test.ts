import assert from "node:assert/strict";
import { test } from "node:test";
import { type FutharkModule, isFutharkError, open, openPool, openSync } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");

/** The error that a function fails with. */
async function errorOf(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.ok(isFutharkError(error));
    return error;
  }
  throw new Error("expected a failure");
}

/** Each awaits calls that fail, under a name that is looked for in the stack. */
const users = {
  awaits: async function awaitsCall(fut: FutharkModule) {
    await fut.entry.positive(-1);
  },
  later: async function awaitsLater(fut: FutharkModule) {
    const pending = fut.entry.positive(-1);
    await Promise.resolve();
    await pending;
  },
  method: async function awaitsMethod(fut: FutharkModule) {
    await fut.entry.coerce(5n, [1]).values();
  },
  read: async function awaitsRead(fut: FutharkModule) {
    await fut.fromFuthark(fut.entry.coerce(5n, [1]));
  },
  part: async function awaitsPart(fut: FutharkModule) {
    const [quotient] = fut.entry.div_mod(1, 0);
    await quotient;
  },
  all: async function awaitsAll(fut: FutharkModule) {
    await Promise.all([fut.entry.positive(1), fut.entry.positive(-1)]);
  },
  argument: async function awaitsWrongArgument(fut: FutharkModule) {
    await fut.entry.positive("x");
  },
  waits: async function awaitsWaiting(fut: FutharkModule) {
    await fut.entry.positive(fut.entry.element([0], 0n));
  },
  limited: async function awaitsLimited(fut: FutharkModule) {
    await fut.entry.spin.with({ timeoutMs: 10 })(2n ** 62n);
  },
  within: async function awaitsWithinLimit(fut: FutharkModule) {
    await fut.entry.positive.with({ timeoutMs: 60_000 })(-1);
  },
  killed: async function awaitsKilled(fut: FutharkModule) {
    setImmediate(() => fut.kill());
    await fut.entry.spin(2n ** 62n);
  },
};

test("the stack of a rejected call shows the line that awaits it", async () => {
  await using fut = await open(errors, { backend: "c" });
  for (const [what, use] of Object.entries(users)) {
    const { stack, message, name } = await errorOf(() => use(fut));
    const [head, ...lines] = (stack as string).split("\n");
    const frame = lines.find((line) => line.includes(use.name));
    assert.match(
      String(frame),
      /at (async )?awaits\w+ \(.*call-site\.test\.ts:\d+:\d+\)/,
      `${what}\n${stack}`,
    );
    assert.ok((stack as string).includes(message), what);
    if (what !== "argument") assert.equal(head, `${name}: ${message.split("\n")[0]}`);
  }
});

test("calls that fail together each show their own line", async () => {
  await using fut = await open(errors, { backend: "c" });
  async function one(): Promise<void> {
    await fut.entry.spin(2n ** 62n);
  }
  async function two(): Promise<void> {
    await fut.entry.positive(1);
  }
  const both = [errorOf(one), errorOf(two)];
  setImmediate(() => fut.kill());
  const [first, second] = await Promise.all(both);
  assert.match(first?.stack ?? "", /at async one /);
  assert.match(second?.stack ?? "", /at async two /);
  assert.ok(isFutharkError(second, "worker-exit"));
  assert.deepEqual([second.signal, second.message], ["SIGKILL", first?.message]);
});

test("a pool's calls, and blocking ones, show the line too", async () => {
  await using pool = await openPool(errors, { backend: "c", workers: 1 });
  async function awaitsPool(): Promise<void> {
    await pool.entry.positive(-1);
  }
  assert.match((await errorOf(awaitsPool)).stack ?? "", /at async awaitsPool /);
  const sync = openSync(errors, { backend: "c" });
  function blocks(): void {
    sync.entry.positive(-1);
  }
  assert.match((await errorOf(blocks)).stack ?? "", /at blocks /);
  sync.close();
});
