import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "./processes.ts";

const skip = process.platform !== "linux" && "shared memory is used on Linux only";

test("where no addresses are left for a mapping, arrays are copied", { skip }, async () => {
  const { status, stdout, stderr } = await runScript(
    `
    const fut = await open(program("errors"), { backend: "c" });
    const xs = Int32Array.from({ length: 100_000 }, (_, i) => i);
    const first = await fut.entry.same(xs);
    // Each takes 10 GiB of addresses, and more.
    const held = [];
    try {
      for (;;) held.push(new WebAssembly.Memory({ initial: 1, maximum: 1 }));
    } catch {}
    const check = (data) => {
      for (let i = 0; i < xs.length; i++) if (data[i] !== i) throw new Error("element " + i);
    };
    const other = fut.alloc("i32", [xs.length]);
    other.data.set(xs);
    for (const value of [first, await fut.entry.same(xs.slice()), await fut.entry.same(other)]) {
      check(await value.values());
      const lent = await value.borrow();
      check(lent.data);
      lent.release();
    }
    other.release();
    const many = await Promise.all(Array.from({ length: 20 }, () => first.values()));
    for (const data of many) check(data);
    console.log(held.length < 100);
    await fut.close();
    `,
    { limits: "ulimit -v 60000000" },
  );
  assert.deepEqual([status, stdout], [0, "true\n"], stderr);
});
