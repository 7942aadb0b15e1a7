import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { open } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

/** How often a process has used a page that it did not have. */
function pageFaults(pid: number): number {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ");
  return Number(fields?.split(" ")[7]);
}

test("memory for results is not given back to the system between calls", {
  skip: process.platform !== "linux" && "page faults are read from /proc",
}, async () => {
  await using fut = await open(programPath("errors"), { backend: "c" });
  const pid = fut.pid as number;
  const kept: unknown[] = [];
  const xs = new Int32Array(100_000);
  const call = async (): Promise<void> => (await fut.entry.same(xs)).free();
  let faults = 0;
  // Each shifts the end of the heap, 4 MB in all, past the huge pages by which it grows.
  for (let shift = 0; shift < 40; shift++) {
    kept.push(await fut.entry.same(new Int32Array(25_000)));
    for (let i = 0; i < 3; i++) await call();
    const before = pageFaults(pid);
    for (let i = 0; i < 10; i++) await call();
    faults += pageFaults(pid) - before;
  }
  assert.equal(kept.length, 40);
  assert.ok(faults < 40, `${faults} in 400 calls`);
});
