import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { buildFaults } from "../search/faulty-calls.ts";
import { runScript } from "../support/processes.ts";

const skip = process.platform !== "linux" && "shared memory is used on Linux only";

test("arrays are copied when no address space is left for a mapping", { skip }, async () => {
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
      const borrowed = await value.borrow();
      check(borrowed.data);
      borrowed.release();
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

const mounts = spawnSync("unshare", ["-m", "true"]).status === 0;
const skipStrict =
  slabPool() === undefined
    ? "there is no shared memory here"
    : !mounts && "to mount a file over one of the system's needs root";

test("where the system limits committed memory, that of arrays is reserved, or they are copied", {
  skip: skipStrict,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "strict-"));
  const strict = join(folder, "overcommit_memory");
  writeFileSync(strict, "2\n");
  const library = buildFaults(folder);
  const { status, stdout, stderr } = await runScript(
    `
    const { fstatSync } = await import("node:fs");
    const { sharedFiles } = await import("./test/memory/held.ts");
    const { default: koffi } = await import("koffi");
    const fail = koffi.load(${JSON.stringify(library)}).func("void fail(const char *, int, int, int)");
    const LENGTH = 1_000_000;
    const check = async (fut, array) => {
      const xs = await fut.entry.same(array);
      for (const data of [await xs.values(), (await xs.borrow()).data]) {
        if (data[LENGTH - 1] !== 7) throw new Error("element " + data[LENGTH - 1]);
      }
    };
    const reserved = () => sharedFiles().reduce((sum, fd) => sum + fstatSync(fd).blocks * 512, 0);
    const fut = await open(program("errors"), { backend: "c" });
    const array = fut.alloc("i32", [LENGTH]);
    console.log("reserved", reserved() >= 4 * LENGTH);
    array.data[LENGTH - 1] = 7;
    await check(fut, array);
    fail("fallocate", ${constants.errno.ENOSPC}, 1, 1);
    const before = reserved();
    const other = fut.alloc("i32", [2 * LENGTH]);
    console.log("no more", reserved() === before);
    other.data[LENGTH - 1] = 7;
    await check(fut, other);
    await check(fut, other.data.slice());
    await fut.close();
    `,
    {
      env: { STRICT: strict, LD_PRELOAD: library },
      limits: `exec unshare -m sh -c 'mount --bind "$STRICT" /proc/sys/vm/overcommit_memory; exec "$0" "$@"' "$0" "$@"`,
    },
  );
  rmSync(folder, { recursive: true });
  assert.deepEqual([status, stdout], [0, "reserved true\nno more true\n"], stderr);
});

test("mappings leave address space for other users of WebAssembly", {
  skip: slabPool() === undefined && "memory cannot be shared here",
}, async () => {
  const { status, stdout, stderr } = await runScript(`
    const fut = await open(program("errors"), { backend: "c" });
    const xs = Int32Array.from({ length: 20_000 }, (_, i) => i);
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
