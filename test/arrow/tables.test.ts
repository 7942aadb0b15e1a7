import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import {
  ArgumentError,
  type Columns,
  fromTable,
  NdArray,
  nd,
  open,
  type TableInput,
  toTable,
} from "../../ts/index.ts";
import { BACKENDS, programPath } from "../support/programs.ts";
import { runPython, runPythonBytes } from "../support/python.ts";

const nested = (columns: Columns): object =>
  Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      column instanceof NdArray ? [column.elemtype, column.toNested()] : nested(column),
    ]),
  );

const refused = (message: RegExp, make: () => unknown) =>
  assert.rejects(
    async () => make(),
    (error) => error instanceof ArgumentError && message.test(error.message),
  );

test("columns become a table whose values apache-arrow and pyarrow read", async () => {
  const table = await toTable({
    x: Float32Array.of(1.5, -2, 3),
    n: BigInt64Array.of(1n, -(2n ** 63n), 3n),
    flag: nd(Uint8Array.of(1, 0, 1), [3], "bool"),
    half: nd(Uint16Array.of(0x3c00, 0xc000, 0), [3], "f16"),
    m: nd(Int16Array.of(1, 2, 3, 4, 5, 6), [3, 2]),
    flipped: nd(Uint8Array.of(1, 2, 3, 4, 5, 6), [2, 3]).transpose(),
    list: [0.5, 1, 2],
    big: [1n, 2n, 3n],
    vector: arrow.makeVector(Uint32Array.of(7, 8, 9)),
    inner: { a: [true, false, true], b: Int8Array.of(1, 2, 3) },
  });
  assert.ok(table instanceof arrow.Table);
  assert.deepEqual([...(table.getChild("n") ?? [])], [1n, -(2n ** 63n), 3n]);
  assert.deepEqual(table.get(1)?.inner?.toJSON(), { a: false, b: 2 });
  const output = await runPython(
    `
import json, sys
import pyarrow as pa
table = pa.ipc.open_stream(sys.stdin.buffer.read()).read_all()
table.validate(full=True)
def plain(column):
    chunk = column.chunk(0)
    tensor = isinstance(chunk, pa.FixedShapeTensorArray)
    return chunk.to_numpy_ndarray().tolist() if tensor else chunk.to_pylist()
print(json.dumps({n: [str(table.schema.field(n).type), plain(table[n])] for n in table.column_names}))
`,
    arrow.tableToIPC(table),
  );
  assert.deepEqual(JSON.parse(output.replaceAll(String(-(2n ** 63n)), '"low"')), {
    x: ["float", [1.5, -2, 3]],
    n: ["int64", [1, "low", 3]],
    flag: ["bool", [true, false, true]],
    half: ["halffloat", [1, -2, 0]],
    m: [
      "extension<arrow.fixed_shape_tensor[value_type=int16, shape=[2]]>",
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    flipped: [
      "extension<arrow.fixed_shape_tensor[value_type=uint8, shape=[2]]>",
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
    list: ["double", [0.5, 1, 2]],
    big: ["int64", [1, 2, 3]],
    vector: ["uint32", [7, 8, 9]],
    inner: [
      "struct<a: bool not null, b: int8 not null>",
      [
        { a: true, b: 1 },
        { a: false, b: 2 },
        { a: true, b: 3 },
      ],
    ],
  });
});

test("a table comes back as its columns, in memory, over IPC and batch by batch", async () => {
  const input = {
    x: Float32Array.of(1.5, -2),
    m: nd(Int16Array.of(1, 2, 3, 4), [2, 2]),
    inner: { flag: [true, false], deep: { y: [1n, 2n] } },
  };
  const expected = {
    x: ["f32", [1.5, -2]],
    m: [
      "i16",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    inner: { flag: ["bool", [true, false]], deep: { y: ["i64", [1n, 2n]] } },
  };
  const table = await toTable(input);
  const again = arrow.tableFromIPC(arrow.tableToIPC(table));
  for (const value of [table, again, table.batches[0], again.batches[0]]) {
    assert.deepEqual(nested(fromTable<Columns>(value as arrow.Table)), expected);
  }
  const { x } = fromTable(table);
  assert.equal(x?.data.buffer, input.x.buffer, "shares the memory");
  assert.deepEqual(nested(fromTable<Columns>(table.slice(1, 2))), {
    x: ["f32", [-2]],
    m: ["i16", [[3, 4]]],
    inner: { flag: ["bool", [false]], deep: { y: ["i64", [2n]] } },
  });
  const two = table.concat(again);
  assert.equal(two.batches.length, 2);
  assert.deepEqual(fromTable(two).x?.toNested(), [1.5, -2, 1.5, -2]);
  const empty = new arrow.Table(table.schema);
  assert.deepEqual(fromTable(empty).m?.shape, [0, 2]);
});

test("rows become columns, nested records and arrays of one shape too", async () => {
  const rows = [
    { x: 1.5, n: 1n, at: { lat: 1, lon: 2 }, v: [1, 2], a: nd(Float32Array.of(1, 2)) },
    { x: 2.5, n: 2n, at: { lat: 3, lon: 4 }, v: [3, 4], a: nd(Float32Array.of(3, 4)) },
  ];
  assert.deepEqual(nested(fromTable<Columns>(await toTable(rows))), {
    x: ["f64", [1.5, 2.5]],
    n: ["i64", [1n, 2n]],
    at: { lat: ["f64", [1, 3]], lon: ["f64", [2, 4]] },
    v: [
      "f64",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    a: [
      "f32",
      [
        [1, 2],
        [3, 4],
      ],
    ],
  });
});

test("an object that is not a table is refused, by an error that names the column", async () => {
  const cases: [RegExp, unknown][] = [
    [/expected columns, got none/, {}],
    [/expected rows, got none/, []],
    [/equal length, got 2 rows in a and 1 in b/, { a: [1, 2], b: [1] }],
    [/column a: expected an array, got 3/, { a: 3 }],
    [/column a: expected an array, got rank 0/, { a: nd(Float32Array.of(1), []) }],
    [/column a: array\[1\]: expected f64, got the string "x"/, { a: [1, "x"] }],
    [/column a: expected numbers.*pass an elemtype/, { a: [] }],
    [/column in\.a: expected an array/, { in: { a: null } }],
    [/row 1: expected an object with fields a/, [{ a: 1 }, { b: 1 }]],
    [/row 1: expected an object with fields a/, [{ a: 1 }, { a: 1, b: 1 }]],
    [
      /column v: expected arrays of f32 \[1\], got f32 \[2\] at 1/,
      [{ v: nd(Float32Array.of(1)) }, { v: nd(Float32Array.of(1, 2)) }],
    ],
  ];
  for (const [message, value] of cases) await refused(message, () => toTable(value as TableInput));
});

test("tables of pyarrow: which columns are accepted, and which are refused", async () => {
  const bytes = await runPythonBytes(`
import sys
import numpy as np, pyarrow as pa
table = pa.table({
    "tensor": pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(12, dtype=np.int32).reshape(2, 3, 2)),
    "code": pa.array([2.5, 2.5]).dictionary_encode(),
    "at": pa.array([{"lat": 1.0, "lon": 2.0}, {"lat": 3.0, "lon": 4.0}]),
    "text": ["a", "b"],
    "gaps": pa.array([1, None]),
    "holes": pa.array([{"x": 1}, None]),
    "deep": pa.array([{"x": 1}, {"x": None}]),
    "ragged": pa.array([[1], [2, 3]]),
})
table = pa.concat_tables([table, table])
with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as writer:
    writer.write_table(table, max_chunksize=2)
`);
  const table = arrow.tableFromIPC(bytes);
  assert.equal(table.batches.length, 2);
  const good = fromTable<Columns>(table.select(["tensor", "code", "at"]));
  assert.deepEqual((good.tensor as NdArray).shape, [4, 3, 2]);
  assert.deepEqual((good.code as NdArray).toNested(), [2.5, 2.5, 2.5, 2.5]);
  assert.deepEqual(((good.at as Columns).lon as NdArray).toNested(), [2, 4, 2, 4]);
  const cases: [string, RegExp][] = [
    ["text", /column text: .*numbers or bool, got Utf8/],
    ["gaps", /column gaps: .*without nulls, got 2 nulls/],
    ["holes", /column holes: .*without nulls, got 2 nulls/],
    ["deep", /column deep\.x: .*without nulls, got 2 nulls/],
    ["ragged", /column ragged: .*numbers or bool, got List/],
  ];
  for (const [name, message] of cases) {
    await refused(message, () => fromTable(table.select([name])));
  }
  const twice = table.select(["code"]).assign(table.select(["code"]));
  const schema = new arrow.Schema([...twice.schema.fields, ...twice.schema.fields]);
  const [batch] = twice.batches;
  const children = [...(batch?.data.children ?? []), ...(batch?.data.children ?? [])];
  const data = arrow.makeData({
    type: new arrow.Struct(schema.fields),
    length: 2,
    nullCount: 0,
    children,
  });
  await refused(/one column code, got two/, () => fromTable(new arrow.RecordBatch(schema, data)));
});

for (const backend of BACKENDS) {
  test(`tables are arguments, and results become tables: ${backend}`, async () => {
    const fut = await open(programPath("types"), { backend });
    try {
      const places = await toTable({ lat: [1, 5, 3], lon: [0, 0, 0] });
      assert.equal(await fut.entry.north(places), 5);
      assert.equal(await fut.entry.north(places.batches[0]), 5);
      assert.equal(await fut.entry.north(places.select(["lon", "lat"])), 5);
      // Order of columns does not matter, names do.
      const wrong = await toTable({ lat: [1], x: [2] });
      await refused(/north argument 1 \(ps\): .*has no field x/, () => fut.entry.north(wrong));
      const ints = await toTable({ lat: [1n], lon: [2n] });
      await refused(/north argument 1 \(ps\)\.lat: expected \[\]f64/, () => fut.entry.north(ints));
      const text = arrow.tableFromArrays({ lat: ["a"], lon: ["b"] });
      await refused(/north argument 1 \(ps\): column lat: .*numbers or bool/, () =>
        fut.entry.north(text),
      );

      const two = await toTable({ xs: Int32Array.of(1, 2), ys: Int32Array.of(3, 4) });
      const same = await fut.entry.same_two(two);
      assert.deepEqual(nested(fromTable<Columns>(await same.toTable())), {
        xs: ["i32", [1, 2]],
        ys: ["i32", [3, 4]],
      });
      const grid = await (await fut.entry.place_grid(2n, 3n)).toTable();
      assert.deepEqual(nested(fromTable<Columns>(grid)), {
        lat: [
          "f64",
          [
            [0, 0, 0],
            [1, 1, 1],
          ],
        ],
        lon: [
          "f64",
          [
            [0, 1, 2],
            [0, 1, 2],
          ],
        ],
      });
      const many = await toTable(await fut.entry.places(3n));
      assert.deepEqual(
        many.toArray().map((row) => row.toJSON()),
        [
          { lat: 0, lon: 0 },
          { lat: 1, lon: -1 },
          { lat: 2, lon: -2 },
        ],
      );
      assert.equal(await fut.entry.north(many), 2);
      const marks = await (await fut.entry.marks(Int32Array.of(5, -5))).toTable();
      assert.deepEqual(nested(fromTable<Columns>(marks)), {
        0: ["i32", [5, -5]],
        1: ["bool", [true, false]],
      });
      assert.equal(await fut.entry.count_marks(marks), 1n);
      await refused(/expected an array/, async () => (await fut.entry.mark(1)).toTable?.());
      await refused(/expected columns, got none/, async () =>
        (await fut.entry.figures(2n)).toTable(),
      );
      await refused(/column at: expected an array/, async () =>
        (await fut.entry.walk_start()).toTable(),
      );
    } finally {
      await fut.close();
    }
  });
}
