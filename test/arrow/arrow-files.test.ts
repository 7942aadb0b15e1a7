import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { tableFromArrays, tableToIPC, vectorFromArray } from "apache-arrow";
import { readValues } from "../../ts/data/read.ts";
import { FutharkError } from "../../ts/errors.ts";
import { runPythonBytes } from "../support/python.ts";

const table = tableFromArrays({ a: Int32Array.of(1, 2, 3), b: Float64Array.of(0.5, 1, 2) });
const FILES = ["stream", "file"].map((form) => tableToIPC(table, form as "stream"));

/** The columns of a file as nested arrays, or `undefined` where it is refused. */
async function columns(bytes: Uint8Array): Promise<unknown> {
  try {
    const values = await readValues(bytes, "file");
    return values.map((value) => value.kind === "array" && value.array.toNested());
  } catch (error) {
    if (error instanceof FutharkError) return undefined;
    throw error;
  }
}

test("an Arrow file with false lengths is refused, unless the length is not used", async () => {
  const good = [
    [1, 2, 3],
    [0.5, 1, 2],
  ];
  for (const file of FILES) {
    assert.deepEqual(await columns(file), good);
    for (let at = 0; at + 4 <= file.length; at += 4) {
      for (const lie of [0x7fffffff, 0x10000000, -1, 0]) {
        const bytes = Buffer.from(file);
        const elements = bytes.readInt32LE(at);
        bytes.writeInt32LE(lie, at);
        const found = (await columns(bytes)) as number[][] | undefined;
        // Elements may be anything; none may come that were not there, nor from elsewhere.
        const size = found?.flat(9).length ?? 0;
        assert.ok(size <= 6, `${size} elements with ${lie} for ${elements} at ${at}`);
      }
    }
  }
});

test("dictionaries, bools of bits and lists in Arrow files are read as apache-arrow reads them", async () => {
  const dictionary = vectorFromArray(
    ["x", "y", "x"].map((_, i) => 10 * (i % 2)),
    new arrow.Dictionary(new arrow.Int32(), new arrow.Int8()),
  );
  const bools = vectorFromArray([true, false, true], new arrow.Bool());
  const lists = vectorFromArray(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Float32())),
  );
  const mixed = new arrow.Table({ dictionary, bools, lists });
  for (const form of ["stream", "file"] as const) {
    assert.deepEqual(await columns(tableToIPC(mixed, form)), [
      [0, 10, 0],
      [true, false, true],
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]);
  }
});

test("an index beyond its dictionary is refused", async () => {
  const bytes = await runPythonBytes(`
import io, sys
import pyarrow as pa
whole = pa.DictionaryArray.from_arrays(pa.array([0, 5], pa.int8()), pa.array([1, 2]), safe=False)
table = pa.table({"a": whole})
sink = io.BytesIO()
with pa.ipc.new_stream(sink, table.schema) as writer:
    writer.write_table(table)
sys.stdout.buffer.write(sink.getvalue())
`);
  await assert.rejects(async () => readValues(bytes, "file"), {
    code: "bad-argument",
    message: /indices of a dictionary of 2 elements, got 5/,
  });
});

test("compressed Arrow files and columns of strings are refused by errors that name the cause", async () => {
  const write = (expression: string, options: string) => `
import io, sys
import pyarrow as pa
table = pa.table({"a": ${expression}})
sink = io.BytesIO()
with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(${options})) as writer:
    writer.write_table(table)
sys.stdout.buffer.write(sink.getvalue())
`;
  const refused: [string, string, RegExp][] = [
    ["list(range(1000))", 'compression="zstd"', /not compressed/],
    ['["x", "y"]', "", /column a: expected Arrow data of numbers or bool/],
    ["[1, None]", "", /without nulls, got 1 nulls/],
  ];
  for (const [expression, options, message] of refused) {
    const bytes = await runPythonBytes(write(expression, options));
    await assert.rejects(async () => readValues(bytes, "file"), { code: "bad-argument", message });
  }
});
