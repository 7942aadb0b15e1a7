import assert from "node:assert/strict";
import { test } from "node:test";
import { type FutharkArray, open } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

test("a tuple result is a JS array, also if the compiler makes it one output", async () => {
  await using fut = await open(new URL(`file://${programPath("tuples")}`), { backend: "c" });
  const [ones, twos] = (await fut.entry.unique_pair(2)) as [FutharkArray, FutharkArray];
  assert.deepEqual(await ones.toNested(), [1, 1]);
  assert.deepEqual(await twos.toNested(), [2, 2]);
  const outputs = fut.entryPoints.find(({ name }) => name === "unique_pair")?.outputs;
  assert.deepEqual(
    outputs?.map(({ type }) => type),
    ["[]i32", "[]i32"],
  );
});

test("a type without a name is found however it is spaced", async () => {
  await using fut = await open(programPath("tuples"), { backend: "c" });
  const name = fut.types["(i32, i8)"].name;
  for (const text of ["(i32,i8)", "( i32 ,  i8 )"]) assert.equal(fut.types[text].name, name);
  assert.throws(() => fut.types["(i32 i8)"], { code: "bad-argument" });
});

test("a URL that is not a file URL is refused", async () => {
  const url = new URL("http://localhost/x.fut");
  await assert.rejects(open(url), { code: "bad-argument", message: /a file: URL of it, got http/ });
});
