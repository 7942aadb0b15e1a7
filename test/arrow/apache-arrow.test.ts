import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { fromArrow, isArrow, toArrow } from "../../ts/arrow/apache.ts";
import { encodeFooter, encodeHeader } from "../../ts/arrow/codec.ts";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { ArgumentError } from "../../ts/errors.ts";
import { nd } from "../../ts/nd-array/nd.ts";
import { runPython, runPythonBytes } from "../support/python.ts";

const elemtypes = Object.keys(ELEMTYPES) as Elemtype[];

function sample(elemtype: Elemtype, shape: readonly number[]) {
  const { array, bytes } = ELEMTYPES[elemtype];
  const size = shape.reduce((product, dimension) => product * dimension, 1) * bytes;
  const elements = Uint8Array.from({ length: size }, (_, i) =>
    elemtype === "bool" ? Number(i % 3 === 0) : i % 100,
  );
  return nd(new array(elements.buffer), shape, elemtype);
}

const refused = (value: unknown, message: RegExp, column?: string) => {
  assert.ok(isArrow(value));
  assert.throws(
    () => fromArrow(value, column),
    (error) => error instanceof ArgumentError && message.test(error.message),
  );
};

test("arrays go to apache-arrow and come back, in memory and over its IPC", async () => {
  for (const elemtype of elemtypes) {
    for (const shape of [[0], [1], [9], [2, 3], [0, 2], [2, 0], [3, 2, 4], [2, 1, 2, 2]]) {
      const array = sample(elemtype, shape);
      const converted = await toArrow(array);
      assert.ok(
        shape.length === 1 ? converted instanceof arrow.Vector : converted instanceof arrow.Table,
      );
      const table =
        converted instanceof arrow.Table
          ? converted
          : new arrow.Table({ data: converted as arrow.Vector });
      const again = arrow.tableFromIPC(arrow.tableToIPC(table));
      for (const value of [converted, table, table.batches[0], again]) {
        if (value === undefined) continue; // a table without rows may have no batch
        const back = fromArrow(value);
        assert.deepEqual([back.elemtype, back.shape], [elemtype, shape]);
        assert.deepEqual(back.toNested(), array.toNested());
      }
      if (elemtype !== "bool") {
        assert.equal(fromArrow(converted).data.buffer, array.data.buffer, "shares the memory");
      }
    }
  }
});

test("a view is copied into row-major order first, a scalar is one element", async () => {
  const array = sample("i32", [2, 3]).transpose();
  assert.deepEqual(fromArrow(await toArrow(array)).toNested(), array.toNested());
  assert.deepEqual(fromArrow(await toArrow(nd(Float32Array.of(7), []))).toNested(), [7]);
});

test("apache-arrow prints the elements", async () => {
  const numbers = (await toArrow(nd(Float32Array.of(1.5, -2)))) as arrow.Vector;
  assert.deepEqual([...numbers], [1.5, -2]);
  const halves = (await toArrow(nd(Uint16Array.of(0x3c00), [1], "f16"))) as arrow.Vector;
  assert.deepEqual([...halves], [1]);
  const bools = (await toArrow(nd(Uint8Array.of(1, 0, 1), [3], "bool"))) as arrow.Vector;
  assert.deepEqual([...bools], [true, false, true]);
  const table = (await toArrow(nd(BigInt64Array.of(1n, 2n, 3n, 4n), [2, 2]))) as arrow.Table;
  assert.deepEqual([...(table.getChild("data")?.get(1) ?? [])], [3n, 4n]);
});

test("pyarrow reads a table as the same tensors", async () => {
  const array = sample("f32", [3, 2, 4]);
  const bytes = arrow.tableToIPC((await toArrow(array)) as arrow.Table);
  const output = await runPython(
    `
import json, sys
import pyarrow as pa
table = pa.ipc.open_stream(sys.stdin.buffer.read()).read_all()
table.validate(full=True)
print(json.dumps(table.column("data").chunk(0).to_numpy_ndarray().tolist()))
`,
    bytes,
  );
  assert.deepEqual(JSON.parse(output), array.toNested());
});

test("columns that pyarrow made: tensors, permuted ones, bool8, dictionaries, lists of lists", async () => {
  const bytes = await runPythonBytes(`
import sys
import numpy as np
import pyarrow as pa
a = np.arange(24, dtype="int32").reshape(2, 3, 4)
tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(a)
permuted = pa.ExtensionArray.from_storage(
    pa.fixed_shape_tensor(pa.int32(), (3, 4), permutation=(1, 0)), tensors.storage)
table = pa.table({
    "tensors": tensors,
    "permuted": permuted,
    "bool8": pa.ExtensionArray.from_storage(pa.bool8(), pa.array([-1, 0], pa.int8())),
    "dictionary": pa.array([1.5, 1.5]).dictionary_encode(),
    "lists": pa.array([[[1, 2]], [[3, 4]]], pa.list_(pa.list_(pa.uint16(), 2), 1)),
    "text": ["a", "b"],
    "nulls": pa.array([1, None]),
    "inner": pa.array([[1, 2], [None, 4]], pa.list_(pa.float64(), 2)),
    "dates": pa.array([1, 2], pa.timestamp("s")),
})
with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as writer:
    writer.write_table(table)
`);
  const table = arrow.tableFromIPC(bytes);
  const tensors = fromArrow(table, "tensors");
  assert.deepEqual([tensors.elemtype, tensors.shape], ["i32", [2, 3, 4]]);
  assert.deepEqual(
    [...tensors.data],
    Array.from({ length: 24 }, (_, i) => i),
  );
  assert.deepEqual(fromArrow(table, "permuted").shape, [2, 4, 3]);
  assert.deepEqual(fromArrow(table, "permuted").toNested(), tensors.transpose(0, 2, 1).toNested());
  assert.deepEqual(fromArrow(table, "bool8").toNested(), [true, false]);
  assert.deepEqual(fromArrow(table, "dictionary").toNested(), [1.5, 1.5]);
  const lists = fromArrow(table, "lists");
  assert.deepEqual([lists.elemtype, lists.toNested()], ["u16", [[[1, 2]], [[3, 4]]]]);
  assert.deepEqual(fromArrow(table.getChild("tensors") as arrow.Vector).shape, [2, 12]);
  refused(table, /numbers or bool, got Utf8/, "text");
  refused(table, /without nulls, got 1 null/, "nulls");
  refused(table, /without nulls, got 1 null/, "inner");
  refused(table, /numbers or bool, got Timestamp/, "dates");
  refused(table, /expected a column "other", got columns \["tensors",/, "other");
  refused(table, /expected the name of a column/);
});

test("chunks are joined, and slices are read where they start", () => {
  const values = Float64Array.from({ length: 10 }, (_, i) => i / 2);
  const vector = arrow.makeVector(values);
  assert.equal(fromArrow(vector).data, values);
  assert.deepEqual(fromArrow(vector.slice(3, 7)).toNested(), [1.5, 2, 2.5, 3]);
  assert.equal(fromArrow(vector.slice(3, 7)).data.buffer, values.buffer);
  const joined = vector.slice(8, 10).concat(vector.slice(0, 2));
  assert.deepEqual(fromArrow(joined).toNested(), [4, 4.5, 0, 0.5]);

  const bools = arrow.vectorFromArray([
    true,
    false,
    true,
    true,
    false,
    false,
    true,
    true,
    true,
    false,
  ]);
  assert.deepEqual(fromArrow(bools.slice(2, 9)).toNested(), [
    true,
    true,
    false,
    false,
    true,
    true,
    true,
  ]);
  assert.deepEqual(fromArrow(bools.slice(7, 10).concat(bools.slice(1, 3))).toNested(), [
    true,
    true,
    false,
    false,
    true,
  ]);
});

test("sliced and chunked lists of a fixed size", async () => {
  const table = (await toArrow(sample("u8", [6, 2]))) as arrow.Table;
  const column = table.getChild("data") as arrow.Vector;
  assert.deepEqual(fromArrow(column.slice(4, 6)).toNested(), [
    [8, 9],
    [10, 11],
  ]);
  const chunks = column.slice(5, 6).concat(column.slice(0, 1));
  assert.deepEqual(fromArrow(chunks).toNested(), [
    [10, 11],
    [0, 1],
  ]);
  assert.deepEqual(fromArrow(table.slice(1, 3)).toNested(), [
    [2, 3],
    [4, 5],
  ]);
  const data = table.batches[0]?.data.children[0];
  assert.ok(data !== undefined);
  assert.deepEqual(fromArrow(data).shape, [6, 2]);
});

test("dictionaries of numbers are decoded, others refused", () => {
  const type = new arrow.Dictionary(new arrow.Float32(), new arrow.Int8());
  const vector = arrow.vectorFromArray([1.5, 2.5, 1.5], type);
  assert.deepEqual(fromArrow(vector).toNested(), [1.5, 2.5, 1.5]);
  assert.equal(fromArrow(vector).elemtype, "f32");
  refused(arrow.vectorFromArray(["a", "b"]), /numbers or bool/);
});

test("our own messages are tables of one row to apache-arrow", () => {
  const body = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
  const message = Buffer.concat([encodeHeader("f32", [2, 3]), body, encodeFooter(body.length)]);
  const array = fromArrow(arrow.tableFromIPC(message));
  assert.deepEqual(array.toNested(), [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ]);
});

test("other objects are not Arrow objects", () => {
  const others = [null, undefined, 1, "x", [], {}, new Uint8Array(1), sample("f32", [2])];
  for (const other of [...others, { type: "x", data: [] }, { schema: {} }, new Map(), () => 1]) {
    assert.ok(!isArrow(other));
  }
});
