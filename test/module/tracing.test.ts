import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { test } from "node:test";
import { type CallTrace, open, openSync, type Trace, type TransferTrace } from "../../ts/index.ts";
import { until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** Listens to a tracing channel: the events, in order, with their messages. */
function listen<T extends Trace>(name: string) {
  const events: string[] = [];
  const traces: T[] = [];
  const handlers = Object.fromEntries(
    EVENTS.map((event) => [
      event,
      (trace: T) => {
        events.push(event);
        if (event === "start") traces.push(trace);
      },
    ]),
  ) as unknown as diagnostics.TracingChannelSubscribers<object>;
  const channel = diagnostics.tracingChannel(name);
  channel.subscribe(handlers);
  return { events, traces, [Symbol.dispose]: () => channel.unsubscribe(handlers) };
}

test("calls are traced by the conventions of tracing channels, and return the same", async () => {
  await using fut = await open(errors, { backend: "c" });
  using heard = listen<CallTrace>("futhark-bridge:call");
  assert.equal(await fut.entry.positive(3), 3);
  assert.deepEqual(heard.events.splice(0), ["start", "end", "asyncStart", "asyncEnd"]);
  const [trace] = heard.traces.splice(0) as [CallTrace];
  const { entry, inputs, outputs, pid, result, durationMs } = trace;
  assert.deepEqual(
    { entry, inputs, outputs, pid, result },
    { entry: "positive", inputs: ["i32"], outputs: ["i32"], pid: fut.pid, result: 3 },
  );
  assert.ok((durationMs as number) > 0);
  async function awaitsTraced(): Promise<void> {
    await fut.entry.positive(-1);
  }
  await assert.rejects(awaitsTraced, (error: Error) => {
    assert.equal(heard.traces[0]?.error, error);
    assert.match(error.stack ?? "", /at async awaitsTraced/);
    return true;
  });
  assert.deepEqual(heard.events.splice(0), ["start", "end", "error", "asyncStart", "asyncEnd"]);
  // A traced call is still an argument, and has methods and parts.
  const [left] = fut.entry.twice(fut.entry.same([1, 2]));
  assert.deepEqual(await left.toNested(), [1, 2]);
  const sync = openSync(errors, { backend: "c" });
  heard.events.splice(0);
  assert.equal(sync.entry.positive(3), 3);
  assert.throws(() => sync.entry.positive(-1));
  assert.deepEqual(heard.events, ["start", "end", "start", "error", "end"]);
  sync.close();
});

test("transfers are traced with type, bytes and direction", async () => {
  await using fut = await open(errors, { backend: "c" });
  using heard = listen<TransferTrace>("futhark-bridge:transfer");
  for (const length of [3, 50_000]) {
    const data = new Int32Array(length);
    const handle = await fut.entry.same(data);
    await handle.values();
    await fut.entry.same(handle).values();
    (await handle.borrow()).release();
    const transfers = heard.traces
      .splice(0)
      .map(({ direction, type, bytes }) => [direction, type, bytes]);
    const out = ["out", "[]i32", 4 * length];
    assert.deepEqual(transfers, [["in", "[]i32", 4 * length], out, out, out]);
  }
  assert.ok(heard.traces.every(({ durationMs }) => durationMs !== undefined));
});

test("a transfer is traced once, also of elements read ahead and without shared memory", async () => {
  for (const sharedMemory of [true, false]) {
    await using fut = await open(errors, { backend: "c", sharedMemory });
    using heard = listen<TransferTrace>("futhark-bridge:transfer");
    for (const length of [3, 3, 3, 50_000]) {
      const result = await fut.entry.same(new Int32Array(length));
      await result.values();
      await result.toNested();
      const transfers = heard.traces.splice(0).map(({ direction, bytes }) => [direction, bytes]);
      const bytes = 4 * length;
      const expected = ["in", "out", "out"].map((direction) => [direction, bytes]);
      assert.deepEqual(transfers, expected, `shared memory: ${sharedMemory}`);
    }
  }
});

test("starts and ends of workers are traced, also of replacements", async () => {
  using heard = listen<Trace & { module: string; pid: number }>("futhark-bridge:worker");
  const ends: { module: string; pid: number; signal: string }[] = [];
  const onEnd = (end: unknown): void => void ends.push(end as (typeof ends)[0]);
  diagnostics.subscribe("futhark-bridge:worker-end", onEnd);
  const fut = await open(errors, { backend: "c" });
  const first = fut.pid;
  fut.kill();
  await fut.entry.positive(1);
  const second = fut.pid;
  await fut.close();
  await until("both ends are published", () => ends.length === 2);
  diagnostics.unsubscribe("futhark-bridge:worker-end", onEnd);
  assert.deepEqual(
    heard.traces.map(({ module, pid }) => [module, pid]),
    [
      [errors, first],
      [heard.traces[1]?.module, second],
    ],
  );
  assert.deepEqual(
    ends.map(({ module, pid, signal }) => [module, pid, signal]),
    [
      [errors, first, "SIGKILL"],
      [errors, second, null],
    ],
  );
});

test("an unhandled rejection remains one while somebody listens", async () => {
  await using fut = await open(errors, { backend: "c" });
  using heard = listen("futhark-bridge:call");
  const unhandled: unknown[] = [];
  const count = (error: unknown): void => void unhandled.push(error);
  process.prependListener("unhandledRejection", count);
  const failing = fut.entry.positive(-1);
  await assert.rejects(failing);
  await fut.sync();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", count);
  assert.deepEqual(unhandled, []);
  assert.ok(heard.events.includes("error"));
});
