import assert from "node:assert/strict";
import { test } from "node:test";
import { attach } from "../../ts/index.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { sharedFiles } from "../memory/held.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";

const skip = slabPool() === undefined ? "memory cannot be shared here" : false;
const LENGTH = 3_000_000;
/** Takes longer than any test may. */
const FOREVER = 10n ** 14n;

async function share(python: RemotePython): Promise<string> {
  await python.run(`import futhark_bridge, os
m = futhark_bridge.load(${JSON.stringify(programPath("errors"))}, backend="c")`);
  return python.text("s = futhark_bridge.share(m); str(s.path)");
}

for (const [how, end] of [
  ["dies", (python: RemotePython) => python.process.kill("SIGKILL")],
  ["shares no more", (python: RemotePython) => python.run("s.close()")],
] as const) {
  test(`memory shared with a process that ${how} is released, and not reused`, {
    skip,
  }, async () => {
    await using python = new RemotePython("process.py");
    const fut = await attach(await share(python));
    const data = new Int32Array(LENGTH).fill(5);
    const sent = await fut.entry.same(data);
    const before = sharedFiles().length;
    // Memory of earlier requests may be reused for one of these.
    const calls = [fut.entry.spin(FOREVER), fut.entry.same(data), fut.entry.same(data)];
    const reads = [sent.values(), sent.borrow()];
    assert.ok((slabPool()?.usedBytes ?? 0) >= 4 * data.byteLength);
    assert.equal(await python.run("1"), "1");
    const settled = Promise.allSettled([...calls, ...reads]);
    await end(python);
    for (const { status } of await settled) assert.equal(status, "rejected");
    assert.equal(slabPool()?.usedBytes, 0);
    assert.ok(
      sharedFiles().length <= before,
      `${sharedFiles().length} files of memory, ${before} before`,
    );
    await fut.close();
    if (how !== "dies") python.process.kill("SIGKILL"); // its call still runs
  });
}
