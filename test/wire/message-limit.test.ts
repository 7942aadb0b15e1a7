import assert from "node:assert/strict";
import { test } from "node:test";
import { type FutharkArray, open, openSync } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
const options = { backend: "c", sharedMemory: false, maxMessageBytes: 100_000 } as const;
const long = {
  code: "bad-argument",
  message: /message of \d+ bytes is longer than the limit of 100000 \(option maxMessageBytes\)/,
};

test("arrays over the message limit are refused either way, and the module still works", async () => {
  await using fut = await open(errors, options);
  await assert.rejects(fut.entry.same(new Int32Array(25_000)), long);
  const made: FutharkArray = await fut.entry.allocate(12_500n);
  await assert.rejects(made.values(), long);
  assert.equal(await made.at(12_499), 12_499n);
  const short: FutharkArray = await fut.entry.same(new Int32Array(24_000).fill(7));
  assert.ok((await short.values()).every((value) => value === 7));
});

test("the same with blocking calls", () => {
  const fut = openSync(errors, options);
  assert.throws(() => fut.entry.same(new Int32Array(25_000)), long);
  const made = fut.entry.allocate(12_500n);
  assert.throws(() => made.values(), long);
  assert.equal(made.at(12_499), 12_499n);
  assert.equal(fut.entry.same(new Int32Array(24_000)).values().length, 24_000);
  fut.close();
});

test("stored bytes over the message limit are refused, and nothing is lost", async () => {
  await using fut = await open(programPath("types"), options);
  const holder = await fut.types.holder.new({ xs: fut.entry.fresh(30_000n), tag: 1 });
  await assert.rejects(holder.store(), {
    code: "bad-argument",
    message: /of \d+ bytes is longer than the limit of 100000 \(option maxMessageBytes\)/,
  });
  assert.equal(await holder.project("tag"), 1);
});

test("so are small arrays under a limit that is smaller still", async () => {
  const tight = { ...options, maxMessageBytes: 14_000 };
  const refused = {
    code: "bad-argument",
    message: /the limit of 14000 \(option maxMessageBytes\)/,
  };
  await using fut = await open(errors, tight);
  const made: FutharkArray = await fut.entry.allocate(2000n);
  await assert.rejects(made.values(), refused);
  await assert.rejects(fut.fromFuthark(fut.entry.allocate(2000n)), refused);
  await assert.rejects(fut.entry.same(new Int32Array(4000)), refused);
  assert.equal(await made.at(1999), 1999n);
  using sync = openSync(errors, tight);
  const blocking = sync.entry.allocate(2000n);
  assert.throws(() => blocking.values(), refused);
  assert.equal(blocking.at(1999), 1999n);
});
