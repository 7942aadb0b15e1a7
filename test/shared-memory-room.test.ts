import assert from "node:assert/strict";
import { test } from "node:test";
import { slabPool } from "../ts/memory/slab-pool.ts";
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

test("mappings leave addresses for others who use WebAssembly", {
  skip: slabPool() === undefined && "memory cannot be shared here",
}, async () => {
  const { status, stdout, stderr } = await runScript(`
    const fut = await open(program("errors"), { backend: "c" });
    const xs = Int32Array.from({ length: 10_000 }, (_, i) => i);
    const value = await fut.entry.same(xs);
    const { slabPool } = await import("./ts/memory/slab-pool.ts");
    const pool = slabPool();
    const { slab, bytes } = pool.take(xs.byteLength);
    const held = [];
    try {
      for (;;) held.push(pool.map(slab.fd, 0, bytes));
    } catch {}
    const check = (data) => {
      for (let i = 0; i < xs.length; i++) if (data[i] !== i) throw new Error("element " + i);
    };
    for (const data of await Promise.all(Array.from({ length: 20 }, () => value.values()))) check(data);
    for (let i = 0; i < 3; i++) check((await value.borrow()).data);
    check((await (await fut.entry.same(xs)).borrow()).data);
    new WebAssembly.Memory({ initial: 1, maximum: 1 });
    console.log("room", held.length > 0);
    await fut.close();
  `);
  assert.deepEqual([status, stdout], [0, "room true\n"], stderr);
});
