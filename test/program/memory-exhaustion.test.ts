import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type FutharkModule, nd, open, openSync } from "../../ts/index.ts";
import { runScript } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { runPython } from "../support/python.ts";

const errors = programPath("errors");
const f64 = (shape: number[]) => nd(new Float64Array(), shape);

/** Results that exceed memory, by their special property. */
const HUGE: Record<string, (fut: FutharkModule) => Promise<unknown>> = {
  "more bytes than there are": ({ entry }) => entry.allocate(10n ** 15n),
  "bytes whose number is 0 in 64 bits": ({ entry }) => entry.allocate(2n ** 61n),
  "bytes whose number is negative in 64 bits": ({ entry }) => entry.allocate(2n ** 60n),
  "scratch memory of a number that is 0 in 64 bits": ({ entry }) => entry.scratch(2n ** 61n),
  "a number for each of many empty rows": ({ entry }) =>
    entry.row_sums(nd(new Float32Array(), [2 ** 40, 0])),
  "a product of two sizes that is 0 in 64 bits": ({ entry }) =>
    entry.matmul(f64([2 ** 31, 0]), f64([0, 2 ** 30])),
};

for (const backend of ["c", "multicore"] as const) {
  describe(`on ${backend}, a result that exceeds memory is an error`, () => {
    let fut: FutharkModule;
    before(async () => {
      fut = await open(errors, { backend });
    });
    after(() => fut.close());
    for (const [what, call] of Object.entries(HUGE)) {
      test(what, async () => {
        const { pid } = fut;
        const kept = await fut.entry.same([4, 5]);
        await assert.rejects(call(fut), { name: "OutOfMemoryError", message: /Failed to alloc/ });
        assert.deepEqual([...(await kept.values())], [4, 5]);
        assert.deepEqual([...(await (await fut.entry.allocate(3n)).values())], [0n, 1n, 2n]);
        assert.equal(fut.pid, pid);
      });
    }
  });
}

for (const opener of ["open", "openSync"]) {
  test(`a result for which Node has no memory is an error, and stays: ${opener}`, {
    skip: process.platform !== "linux" && "needs prlimit",
  }, async () => {
    const ended = await runScript(`
      const { execFileSync } = await import("node:child_process");
      const { readFileSync } = await import("node:fs");
      const limit = (bytes) => execFileSync("prlimit", ["--as=" + bytes + ":", "--pid", process.pid]);
      const fut = await ${opener}(program("types"), { backend: "c" });
      const xs = await fut.entry.fresh(40_000_000n);
      const [, size] = /VmSize:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "latin1"));
      limit(1024 * size + 5e7);
      for (let i = 0; i < 2; i++) {
        try {
          await xs.values();
          console.log("read");
        } catch (error) {
          if (!bridge.isFutharkError(error, "out-of-memory")) console.log(error);
        }
        const small = await fut.entry.fresh(3n);
        if ((await small.values()).join() !== "0,1,2") console.log("wrong");
      }
      limit("unlimited");
      if (await xs.at(39_999_999) !== 39_999_999) console.log("lost");
      await fut.close();
    `);
    assert.deepEqual(ended, { status: 0, signal: null, stdout: "", stderr: "" });
  });
}

describe("a module built elsewhere that does not check malloc", () => {
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "unmended-"));
    const compiler = process.env.FUTHARK ?? "futhark";
    execFileSync(compiler, ["c", "--library", "-o", join(folder, "errors"), errors]);
    await runPython(`import os; os.chdir(${JSON.stringify(folder)})
from futhark_ffi.build import build; build("errors", "errors").compile()`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("ends its worker, which is reported, and the next call is right", async () => {
    await using fut = await open(join(folder, "errors"));
    await assert.rejects(fut.entry.allocate(2n ** 45n), { code: "worker-exit" });
    assert.equal(await fut.entry.positive(3), 3);
  });

  test("ends its worker, which a blocking call reports", () => {
    const fut = openSync(join(folder, "errors"));
    assert.throws(() => fut.entry.allocate(2n ** 45n), { code: "worker-exit" });
    assert.equal(fut.entry.positive(3), 3);
    fut.close();
  });
});
