import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { open } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

const MIB = 2 ** 20;

function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

test("results that are made and forgotten do not fill the memory", {
  skip: process.platform !== "linux" && "memory is read from /proc",
}, async () => {
  await using fut = await open(programPath("errors"), { backend: "c" });
  let [here, there] = [0, 0];
  // 1 GiB in all.
  for (let i = 0; i < 256; i++) {
    const made = await fut.entry.allocate(BigInt(MIB / 2));
    assert.equal(made.size, MIB / 2);
    here = Math.max(here, memoryOf(process.pid));
    there = Math.max(there, memoryOf(fut.pid as number));
  }
  assert.ok(there < 512 * MIB, `${there} bytes in the worker`);
  assert.ok(here < 512 * MIB, `${here} bytes here`);
});
