import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  fstatSync,
  ftruncateSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { totalmem } from "node:os";
import { afterEach, describe, test } from "node:test";
import type { Block } from "../../ts/memory/block.ts";
import { memoryLimit } from "../../ts/memory/machine-memory.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { runScript } from "../support/processes.ts";
import { sharedFiles } from "./held.ts";

const pool = slabPool();
const skip = pool === undefined ? "memory cannot be shared here" : false;
const MiB = 2 ** 20;
const taken: Block[] = [];
afterEach(() => {
  for (const block of taken.splice(0)) block.release();
});

function take(bytes: number): Block {
  const block = pool?.take(bytes);
  assert.ok(block !== undefined);
  taken.push(block);
  return block;
}

/** Bytes of all blocks that hold memory of the system's; each is one file. */
function backed(): number {
  const stats = sharedFiles().map((fd) => fstatSync(fd));
  return stats.reduce((sum, { blocks, size }) => sum + (blocks > 0 ? size : 0), 0);
}

describe("the pool of shared memory", { skip }, () => {
  test("keeps at most half a GiB of unused memory", () => {
    // Of many sizes, so that none serves again.
    for (let round = 0; round < 3; round++) {
      for (let size = 64; size < 512; size += 32) {
        const block = take(size * MiB - 2 ** 17);
        block.copyIn(new Uint8Array(1));
        taken.pop()?.release();
        assert.ok(backed() <= 512 * MiB + 16 * MiB, `${backed() / MiB} MiB`);
      }
    }
    assert.ok((pool?.idleBytes ?? 0) <= 512 * MiB);
    assert.equal(pool?.usedBytes, 0);
  });

  test("consists of files whose size no process can change", () => {
    const { fd, bytes } = take(1).slab;
    for (const size of [0, bytes - 2 ** 16, bytes + 2 ** 16]) {
      assert.throws(() => ftruncateSync(fd, size), { code: "EPERM" });
    }
    assert.equal(fstatSync(fd).size, bytes);
  });

  test("allocates each block of any size to one user at a time", () => {
    const sizes = [
      1,
      2 ** 15,
      2 ** 16,
      2 ** 17 + 1,
      2 ** 20,
      2 ** 20 + 1,
      3 * 2 ** 20 + 5,
      2 ** 24,
    ];
    const blocks = sizes.flatMap((bytes) => [take(bytes), take(bytes), take(bytes)]);
    blocks.forEach((block, i) => {
      const length = sizes[Math.floor(i / 3)] as number;
      block.copyIn(new Uint8Array(length).fill(i + 1));
    });
    blocks.forEach((block, i) => {
      const out = new Uint8Array(sizes[Math.floor(i / 3)] as number);
      block.copyOut(out);
      assert.ok(out.every((byte) => byte === i + 1));
    });
  });

  test("never reuses a block that others may still write to, and releases its memory", () => {
    const before = sharedFiles().length;
    const block = take(100 * MiB + 1);
    block.copyIn(new Uint8Array(MiB).fill(1));
    block.retain();
    block.release(true);
    block.release();
    taken.pop();
    assert.equal(sharedFiles().length, before);
    assert.equal(pool?.usedBytes, 0);
    assert.notEqual(take(100 * MiB + 1).slab.id, block.slab.id);
  });

  test("refuses a block larger than half of the memory", () => {
    assert.equal(pool?.take(memoryLimit() / 2 + MiB), undefined);
    assert.equal(pool?.usedBytes, 0);
  });
});

test("a file of memory that cannot grow leaves no descriptor", { skip }, async () => {
  // The limit on the size of files holds for memory too, and Node ignores its signal.
  const script = `
    import { readdirSync } from "node:fs";
    import { execFileSync } from "node:child_process";
    const fut = await open(program("identity"), { backend: "c" });
    execFileSync("prlimit", ["--fsize=65536", "--pid", String(process.pid)]);
    const count = () => readdirSync("/proc/self/fd").length;
    const before = count();
    let wrong = 0;
    for (let i = 0; i < 20; i++) {
      const array = fut.alloc("f64", [100_000]);
      array.data.fill(i);
      const values = await (await fut.entry.id_f64_1(array)).values();
      if (!values.every((value) => value === i)) wrong++;
      array.release();
    }
    process.stdout.write(JSON.stringify({ more: count() - before, wrong }));
    process.exit();
  `;
  const ended = await runScript(script);
  assert.deepEqual(ended, { status: 0, signal: null, stdout: '{"more":0,"wrong":0}', stderr: "" });
});

test("the limit is the machine's memory, or the container's limit", (t) => {
  assert.ok(memoryLimit() > 0 && memoryLimit() <= totalmem());
  const own = /memory:(.*)/.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
  const folder = `/sys/fs/cgroup/memory${own}/futhark-bridge-test-${process.pid}`;
  try {
    mkdirSync(folder);
  } catch {
    t.skip("no memory cgroup can be made here");
    return;
  }
  try {
    writeFileSync(`${folder}/memory.limit_in_bytes`, String(2 ** 30));
    const script = `import("./ts/memory/machine-memory.ts").then((m) => console.log(m.memoryLimit()))`;
    const command = `echo $$ > ${folder}/tasks; exec "$0" --import tsx -e '${script}'`;
    const printed = execFileSync("sh", ["-c", command, process.execPath], { encoding: "utf8" });
    assert.equal(Number(printed), 2 ** 30);
  } finally {
    rmdirSync(folder);
  }
});
