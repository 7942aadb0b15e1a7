import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { attach, type FutharkArray } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";

/** Takes longer than any test may. */
const FOREVER = 10n ** 14n;

/** A notebook: a Jupyter kernel with a module, an array and a share of both. */
async function notebook(): Promise<{ kernel: RemotePython; path: string }> {
  const kernel = new RemotePython("kernel.py");
  await kernel.run(`import os, signal
import numpy as np, futhark_bridge
handlers = {s: signal.getsignal(s) for s in signal.valid_signals()}
m = futhark_bridge.load(${JSON.stringify(programPath("errors"))}, backend="c")
x = m.to_futhark("[]i32", np.arange(5, dtype=np.int32))
s = futhark_bridge.share(m, x=x)`);
  return { kernel, path: await kernel.text("str(s.path)") };
}

test("a value of a notebook is used from Node, and cells continue to run", async () => {
  const { kernel, path } = await notebook();
  await using _ = kernel;
  await using fut = await attach(path);
  assert.deepEqual(await fut.shared.x.values(), Int32Array.of(0, 1, 2, 3, 4));

  const spinning = fut.entry.spin(400_000_000n);
  assert.equal(await kernel.run("np.asarray([1, 2]).sum() + 1"), "np.int64(4)");
  assert.equal(await kernel.run("m.entry.positive(7)"), "7"); // after the call, which it waits for
  assert.equal(typeof (await spinning), "bigint");

  const y: FutharkArray = await fut.entry.put(fut.shared.x, 1n, 9);
  await assert.rejects(kernel.run("np.asarray(x)"), /^Error: ValueStateError: .* consumed by put$/);
  assert.deepEqual(await y.values(), Int32Array.of(0, 9, 2, 3, 4));
  assert.equal(await kernel.run("handlers == {s: signal.getsignal(s) for s in handlers}"), "True");

  await fut.close();
  assert.equal(await kernel.run("m.entry.same([3]).to_list(), x.state"), "([3], 'consumed')");
  assert.match(await kernel.run("s"), /^<Share of .* with x; in Node: await attach\("\/.*"\)>$/);
});

test("a kernel that is killed rejects all pending calls at once, and Node keeps running", async () => {
  const { kernel, path } = await notebook();
  await using _ = kernel;
  const fut = await attach(path);
  const pending = [fut.entry.spin(FOREVER), fut.entry.positive(1), fut.shared.x.values()];
  const rejected = pending.map((call) =>
    assert.rejects(call as Promise<unknown>, {
      name: "WorkerExitError",
      code: "worker-exit",
      message: /^the attached Python process \d+ has exited/,
    }),
  );
  await kernel.kernel("kill");
  await Promise.all(rejected);
  await assert.rejects(fut.entry.positive(1), { name: "WorkerExitError" });
  await fut.close();
  await assert.rejects(attach(path), { name: "WorkerExitError", message: /has exited/ });
});

test("a kernel that is shut down removes its files", async () => {
  const { kernel, path } = await notebook();
  await using _ = kernel;
  const fut = await attach(path);
  assert.equal(await fut.entry.positive(1), 1);
  await kernel.kernel("shut down");
  await assert.rejects(fut.entry.positive(1), { name: "WorkerExitError" });
  assert.ok(!existsSync(dirname(path)));
  await fut.close();
});
