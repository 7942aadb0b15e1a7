// Borrows an array, keeps a view of it and forgets the rest; then forgets the view as well.
// Prints what the view shows after a collection, and whether the block was returned to the pool.
import { setImmediate } from "node:timers/promises";
import { type FutharkArray, open } from "../../ts/index.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";

const BYTES = 8e6;
const fut = await open(process.argv[2] as string, { backend: "c" });
const pool = slabPool();
if (pool === undefined || globalThis.gc === undefined) throw new Error("no pool, or no gc");

async function borrowed(): Promise<Float64Array> {
  const array: FutharkArray<"f64"> = await fut.entry.id_f64_1(new Float64Array(BYTES / 8).fill(42));
  return (await array.borrow()).data;
}

async function collect(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    globalThis.gc?.();
    await setImmediate();
  }
}

let view: Float64Array | undefined = await borrowed();
await collect();
// Blocks allocated meanwhile are overwritten: the view must not be one of them.
const others = [pool.take(BYTES + 400), pool.take(BYTES + 400)];
for (const block of others) block?.copyIn(new Uint8Array(BYTES));
const kept = view[12345];
for (const block of others) block?.release();
const used = pool.usedBytes;
view = undefined;
await collect();
process.stdout.write(`view kept: ${kept}, taken back: ${pool.usedBytes < used}\n`);
await fut.close();
