import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FutharkModule, open, openPool, variant } from "../../ts/index.ts";
import { didYouMean } from "../../ts/spelling.ts";
import type { FutharkRecord } from "../../ts/values/record.ts";
import { programPath } from "../support/programs.ts";

let fut: FutharkModule;
before(async () => {
  fut = await open(programPath("types"), { backend: "c" });
});
after(() => fut.close());

test("a suggestion is the nearest name, if it is near", () => {
  const known = ["energy", "forces", "x", "numThreads"];
  const near = ["energyy", "enregy", "Energy", "enrg", "force", "num_threads", "numthreads"];
  assert.deepEqual(
    near.map((name) => didYouMean(name, known)),
    ["energy", "energy", "energy", "energy", "forces", "numThreads", "numThreads"].map(
      (name) => ` (did you mean ${name}?)`,
    ),
  );
  for (const name of ["y", "", "pressure", "e".repeat(10_000)]) {
    assert.equal(didYouMean(name, known), "", name);
  }
  assert.equal(didYouMean("energy", []), "");
});

const said = (name: string): RegExp =>
  new RegExp(`\\(did you mean ${name.replace(/[[\]#]/g, "\\$&")}\\?\\)$`);

test("an error for a name that does not exist suggests a similar name", async () => {
  const place = (await fut.entry.middle({ lat: 1, lon: 2 }, { lat: 3, lon: 4 })) as FutharkRecord;
  const pool = await openPool(programPath("types"), { backend: "c", workers: 1 });
  const cases: [string, () => unknown][] = [
    ["middle", () => fut.entry.midle],
    ["middle", () => pool.entry.midle],
    ["middle", () => pool.map("mddle", [1])],
    ["place", () => fut.types.plaec],
    ["[]place", () => fut.toFuthark("[]pace", [])],
    ["lon", () => fut.entry.middle({ lat: 1, lonn: 2 }, place)],
    ["lon", () => fut.entry.north([{ lat: 1, lonn: 2 }])],
    ["lat", () => place.project("latt" as never)],
    ["#box", () => fut.entry.area(variant("bax", { h: 1, w: 1 }))],
    ["timeoutMs", () => fut.entry.middle.with({ timeout: 1 })(place, place)],
    ["timeoutMs", () => fut.close({ timeoutms: 1 } as never)],
    ["numThreads", () => open(programPath("types"), { threads: 1, num_threads: 1 } as never)],
    ["workers", () => openPool(programPath("types"), { worker: 1 } as never)],
    ["opencl", () => open(programPath("types"), { backend: "opncl" as never })],
  ];
  for (const [meant, use] of cases) {
    await assert.rejects(async () => await use(), { message: said(meant) }, String(use));
  }
  await pool.close();
});
