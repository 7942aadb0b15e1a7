import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { kill } from "node:process";
import { after, before, describe, test } from "node:test";
import { type FutharkModule, type NdArray, nd, open, WorkerExitError } from "../../ts/index.ts";
import { until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

// biome-ignore lint/suspicious/noExplicitAny: proxies of Python objects
type Py = any;

const LARGE = 100_003;
const counts = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => i / 2);

describe("large arrays and bytes of Python calls", () => {
  let fut: FutharkModule;
  let np: Py;
  let py: Py;
  before(async () => {
    fut = await open(programPath("errors"), { backend: "c" });
    np = await fut.python("numpy");
    py = await fut.python("builtins");
  });
  after(() => fut.close());

  test("keep their elements, shapes and order both ways, around the limit of shared memory", async () => {
    for (const length of [0, 1, 8000, 8191, 8192, 8193, LARGE]) {
      const doubled: NdArray = await np.multiply(counts(length), 2);
      assert.deepEqual(
        doubled.data,
        Float64Array.from({ length }, (_, i) => i),
      );
      assert.deepEqual([doubled.shape, doubled.data.byteOffset], [[length], 0]);
      assert.equal(doubled.data.buffer.byteLength, 8 * length);
    }
    const rows: NdArray = await np.transpose(nd(counts(300_000), [1000, 300]));
    assert.deepEqual(rows.shape, [300, 1000]);
    assert.equal(rows.get(299, 999), (999 * 300 + 299) / 2);
    const bytes = Uint8Array.from({ length: LARGE }, (_, i) => i % 251);
    assert.deepEqual(await py.bytes(bytes), bytes);
    assert.equal(
      await py.sum(bytes),
      bytes.reduce((sum, byte) => sum + byte, 0),
    );
  });

  test("are copied when the call is made, and results are the caller's own", async () => {
    const sent = counts(LARGE);
    const pending = [np.negative(sent), np.negative(sent)];
    sent.fill(7);
    const [first, second]: NdArray<"f64">[] = await Promise.all(pending);
    assert.equal(first?.data[LARGE - 1], -(LARGE - 1) / 2);
    first?.data.fill(1);
    await np.negative(sent);
    assert.equal(second?.data[LARGE - 1], -(LARGE - 1) / 2);
  });

  test("cross several in one message, in containers and callbacks", async () => {
    const swap = await py.eval("lambda a, b: {'b': b, 'small': 3, 'a': a}");
    const swapped = await (await swap(counts(LARGE), counts(LARGE + 1))).valueOf();
    assert.deepEqual([swapped.a.data, swapped.b.data], [counts(LARGE), counts(LARGE + 1)]);
    const apply = await py.eval("lambda f, a: f(a, a + 1)");
    const sum: NdArray = await apply((a: NdArray<"f64">, b: NdArray<"f64">) => {
      const { data } = b;
      return data.map((value, i) => value + (a.data[i] ?? 0));
    }, counts(LARGE));
    assert.deepEqual(
      sum.data,
      Float64Array.from({ length: LARGE }, (_, i) => i + 1),
    );
  });

  test("leave no file open in either process, failed calls included", async () => {
    const os = await fut.python("os");
    const files = async (): Promise<number[]> => [
      await py.len(await os.listdir("/proc/self/fd")),
      readdirSync("/proc/self/fd").length,
    ];
    const twice = await Promise.all([np.negative(counts(LARGE)), np.negative(counts(LARGE))]);
    assert.equal(twice.length, 2);
    const before = await files();
    for (let i = 0; i < 20; i++) {
      await Promise.all([np.negative(counts(LARGE)), np.negative(counts(LARGE))]);
      await assert.rejects(np.no_such_function(counts(LARGE)));
      await assert.rejects(np.reshape(counts(LARGE), [1, 1]), /cannot reshape/);
      await assert.rejects(np.add(counts(LARGE), Symbol("s")));
    }
    // Releases are sent after the replies that they follow.
    const same = async () => JSON.stringify(await files()) === JSON.stringify(before);
    await until("the files are closed", same);
  });
});

test("a worker that is killed while it has large arguments fails the calls alone", async () => {
  await using fut = await open(programPath("errors"), { backend: "c" });
  const np: Py = await fut.python("numpy");
  const time: Py = await fut.python("time");
  const calls = [time.sleep(100), np.negative(counts(LARGE)), np.negative(counts(LARGE))];
  const failed = calls.map((call) => assert.rejects(call, WorkerExitError));
  kill(fut.pid as number, "SIGKILL");
  await Promise.all(failed);
  const again: Py = await fut.python("numpy");
  assert.deepEqual((await again.negative(counts(LARGE))).data[2], -1);
});
