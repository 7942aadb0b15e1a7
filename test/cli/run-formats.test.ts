import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import sharp from "sharp";
import { findPython } from "../../ts/setup/python-env.ts";
import { type CommandError, run } from "../../ts/setup/run-command.ts";
import { cliMain } from "../support/cli-main.ts";
import { runPython } from "../support/python.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "run-formats-"));
after(() => rmSync(work, { recursive: true }));

const TYPES = join(root, "test/programs/types.fut");
const IDENTITY = join(root, "test/programs/identity.fut");

/** Runs the command in the folder of this test's files. */
async function cli(...args: string[]) {
  const child = spawn(process.execPath, [cliMain, ...args], {
    cwd: work,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    out.stderr += text;
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  return { status, ...out };
}

async function prints(program: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await cli("run", "-b", "c", program, ...args);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Fails with this status and text, and writes no file. */
async function fails(args: string[], expected: number, message: RegExp): Promise<void> {
  const before = readdirSync(work);
  const { status, stdout, stderr } = await cli("run", ...args);
  assert.deepEqual([status, stdout], [expected, ""], stderr);
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /^ +at /m);
  assert.deepEqual(readdirSync(work), before);
}

function python(code: string): Promise<string> {
  return runPython(`import os\nos.chdir(${JSON.stringify(work)})\n${code}`);
}

test("literals may be long, and records, sums and tuples as in Futhark", async () => {
  const long = `[${Array.from({ length: 2000 }, (_, i) => i).join(", ")}]`;
  const outputs = await Promise.all([
    prints(IDENTITY, "id_i32_1", long),
    prints(TYPES, "middle", "{lat = 1, lon = 2}", "({lon = 4, lat = 2f64})"),
    prints(TYPES, "same_figure", "#box {h = 1, w = 2}"),
    prints(TYPES, "same_figure", "#nothing"),
    prints(TYPES, "swap", "(7, [0.5])"),
    prints(TYPES, "from_unit", "()"),
    prints(TYPES, "count_marks", "[(1, true), (2, false)]"),
  ]);
  assert.deepEqual(outputs, [
    `${long.replaceAll(/\d+/g, "$&i32")}\n`,
    '{"lat": 1.5, "lon": 3}\n',
    '{"variant": "box", "payload": [{"h": 1, "w": 2}]}\n',
    '{"variant": "nothing", "payload": []}\n',
    "[0.5f64]\n7i32\n",
    "7i32\n",
    "1i64\n",
  ]);
});

test("a literal that does not fit is refused", async () => {
  await fails(["-b", "c", IDENTITY, "id_i32_1", "(1, 2)"], 1, /id_i32_1 argument 1/);
  await fails(["-b", "c", TYPES, "middle", "{lat = 1, lat = 2}", "1"], 2, /field lat occurs twice/);
  await fails(["-b", "c", TYPES, "same_figure", "#bax 1"], 1, /expected figure as #variant/);
  await fails(["-b", "c", TYPES, "same_figure", "#box"], 1, /#box as an array of 1/);
  await fails(["-b", "c", TYPES, "middle", "{lat: 1}", "1"], 2, /expected = at line 1, column 5/);
});

test("images come in and go out as u8 of shape [h][w][c]", async () => {
  const pixels = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7, 1, 2, 3, 4, 5, 6]);
  const raw = { raw: { width: 3, height: 2, channels: 3 as const } };
  await sharp(pixels, raw).png().toFile(join(work, "in.png"));
  await sharp(Buffer.alloc(16 * 16 * 3, 100), {
    raw: { width: 16, height: 16, channels: 3 },
  }).toFile(join(work, "in.jpg"));
  const [text] = await Promise.all([
    prints(IDENTITY, "id_u8_3", "in.jpg", "-o", "out.npy"),
    prints(IDENTITY, "id_u8_3", "in.png", "-o", "out.png"),
  ]);
  assert.equal(text, "");
  assert.deepEqual(await sharp(join(work, "out.png")).raw().toBuffer(), pixels);
  assert.equal(
    await python('import numpy as np\nprint(np.load("out.npy").shape)'),
    "(16, 16, 3)\n",
  );
  await fails(["-b", "c", IDENTITY, "id_i32_1", "[1]", "-o", "x.png"], 1, /expected an image: u8/);
});

test("npz, CSV and Parquet have a value for each array or column, or the named one", async () => {
  await python(`
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
xs, ys = np.array([1, 2], "i4"), np.array([10, 20], "i4")
np.savez("two.npz", xs=xs, ys=ys)
np.savez("numbered.npz", **{"1": xs, "0": ys})
np.savez_compressed("packed.npz", xs=np.zeros(5000, "i4"), ys=np.arange(5000, dtype="i4"))
pq.write_table(pa.table({"xs": xs, "ys": ys}), "two.parquet")
open("two.csv", "w").write('xs,"the ys"\\r\\n1,10\\r\\n2,20\\r\\n')
open("bare.csv", "w").write("1,10\\n2,20")
open("floats.csv", "w").write("name,x\\n1,.5\\n2,nan\\n3,-1e3\\n")`);
  const sum = "[21i32, 12i32]\n";
  const outputs = await Promise.all([
    prints(TYPES, "add_into", "two.npz"),
    prints(TYPES, "add_into", "numbered.npz"),
    prints(TYPES, "add_into", "two.parquet"),
    prints(TYPES, "add_into", "two.csv"),
    prints(TYPES, "add_into", "bare.csv"),
    prints(TYPES, "add_into", "two.csv#the ys", "two.npz#xs"),
    prints(IDENTITY, "id_f64_1", "floats.csv#x"),
    prints(IDENTITY, "id_i32_1", "packed.npz#ys", "-o", "ys.npz"),
  ]);
  assert.deepEqual(outputs, [
    ...[sum, sum, sum, sum, sum, "[12i32, 21i32]\n"],
    ...["[0.5f64, f64.nan, -1000.0f64]\n", ""],
  ]);
  const check = 'import numpy as np\na = np.load("ys.npz")\nprint(a.files, a["arr_0"].sum())';
  assert.equal(await python(check), `['arr_0'] ${(4999 * 5000) / 2}\n`);
  writeFileSync(join(work, "words.csv"), "a,b\n1,two\n");
  await fails(
    ["-b", "c", IDENTITY, "id_i32_1", "two.npz#yy"],
    1,
    /has no column yy; it has xs, ys \(did you mean/,
  );
  await fails(
    ["-b", "c", TYPES, "add_into", "words.csv"],
    1,
    /words\.csv, row 2, column b: expected a number/,
  );
});

test("CSV and Parquet have a column for each result or field", async () => {
  await Promise.all([
    prints(TYPES, "twin", "[3, 1, -2]", "-o", "twin.csv"),
    prints(TYPES, "twin", "[3, 1, -2]", "-o", "twin.parquet"),
    prints(TYPES, "places", "3", "-o", "places.csv"),
    prints(TYPES, "places", "3", "-o", "places.parquet"),
    prints(TYPES, "marks", "[1, -1]", "-o", "marks.csv.gz"),
    prints(IDENTITY, "id_f32_1", "[0.1, f32.nan, -f32.inf, 1e10]", "-o", "floats.csv"),
    prints(IDENTITY, "id_f32_1", "[0.1, f32.nan, -f32.inf, 1e10]", "-o", "floats.parquet"),
    prints(IDENTITY, "id_bool_1", "[true, false]", "-o", "flags.parquet"),
  ]);
  const read = (name: string) => readFileSync(join(work, name), "utf8");
  assert.equal(read("twin.csv"), "arr_0,arr_1\n3,3\n1,1\n-2,-2\n");
  assert.equal(read("places.csv"), "lat,lon\n0.0,0.0\n1.0,-1.0\n2.0,-2.0\n");
  assert.equal(
    String(gunzipSync(readFileSync(join(work, "marks.csv.gz")))),
    "arr_0,arr_1\n1,true\n-1,false\n",
  );
  assert.equal(read("floats.csv"), "arr_0\n0.1\nnan\n-inf\n1.0e10\n");
  const check = `
import json, pyarrow.parquet as pq
for name in "twin", "places", "flags":
    table = pq.read_table(name + ".parquet")
    print(json.dumps([[str(f.type) for f in table.schema], table.to_pydict()]))
print(pq.read_table("floats.parquet")["arr_0"].to_numpy().tobytes().hex())`;
  const [twin = "", places = "", flags = "", floats] = (await python(check)).split("\n");
  const xs = [3, 1, -2];
  assert.deepEqual(JSON.parse(twin), [["int32", "int32"], { arr_0: xs, arr_1: xs }]);
  const [types, columns] = JSON.parse(places);
  assert.deepEqual(
    [types, columns.lat],
    [
      ["double", "double"],
      [0, 1, 2],
    ],
  );
  assert.deepEqual(JSON.parse(flags)[1], { arr_0: [true, false] });
  const bits = new Float32Array([0.1, NaN, -Infinity, 1e10]);
  assert.equal(floats, Buffer.from(bits.buffer).toString("hex"));
  // What is written is read again.
  const outputs = await Promise.all([
    prints(TYPES, "add_into", "twin.csv"),
    prints(TYPES, "add_into", "twin.parquet"),
    prints(TYPES, "north", "places.parquet"),
    prints(TYPES, "north", "places.csv"),
    prints(IDENTITY, "id_f32_1", "floats.csv"),
  ]);
  assert.deepEqual(outputs, [
    ...["[1i32, 2i32, 1i32]\n", "[1i32, 2i32, 1i32]\n", "2.0f64\n", "2.0f64\n"],
    "[0.1f32, f32.nan, -f32.inf, 1.0e10f32]\n",
  ]);
});

test("what is no table is refused as CSV and Parquet, and so is a Python without pyarrow", async () => {
  const table = ["-b", "c", IDENTITY, "id_i32_2", "[[1, 2]]", "-o"];
  await fails(
    [...table, "x.csv"],
    1,
    /a table holds scalars, arrays of rank 1, .* not \[\]\[\]i32/,
  );
  await fails([...table, "x.parquet"], 1, /a table holds scalars/);
  await fails(["-b", "c", TYPES, "same_figure", "#nothing", "-o", "x.csv"], 1, /not figure: use/);
  const lengths = ["-b", "c", TYPES, "trip", "2", "-o", "x.csv"];
  await fails(lengths, 1, /a table holds|columns of a table have one length/);
  const bare = join(work, "bare");
  await run(findPython(), ["-m", "venv", "--without-pip", bare]);
  const options = {
    work,
    env: { ...process.env, FUTHARK_BRIDGE_PYTHON: join(bare, "bin/python") },
  };
  await assert.rejects(
    run(process.execPath, ["--import", import.meta.resolve("tsx"), "--eval", WRITES], options),
    (error: CommandError) =>
      /Parquet needs pyarrow: .*bare\/bin\/python -m pip install/.test(error.output),
  );
});

const WRITES = `
const { arrowToParquet } = await import(${JSON.stringify(join(root, "ts/cli/parquet.ts"))});
await arrowToParquet(new Uint8Array(8));`;

test("Arrow tables are arrays of records, both ways", async () => {
  await python(`
import numpy as np, pyarrow as pa, pyarrow.ipc as ipc
table = pa.table({"lat": np.array([1.0, 9.0]), "lon": np.array([2.0, 4.0])})
with ipc.new_file("places.arrow", table.schema) as sink: sink.write_table(table)
table = table.rename_columns(["lat", "long"])
with ipc.new_file("other.arrow", table.schema) as sink: sink.write_table(table)`);
  assert.equal(await prints(TYPES, "north", "places.arrow"), "9.0f64\n");
  await prints(TYPES, "places", "2", "-o", "made.arrow");
  const read = `import pyarrow.ipc as ipc
print(ipc.open_file("made.arrow").read_all().to_pylist())`;
  const places = JSON.parse(await prints(TYPES, "places", "2"));
  assert.deepEqual(JSON.parse((await python(read)).replaceAll("'", '"')), places);
  await fails(
    ["-b", "c", TYPES, "north", "other.arrow"],
    1,
    /has no field long \(did you mean lon\?\)/,
  );
});

test("files may be compressed, in and out", async () => {
  writeFileSync(join(work, "xs.in.gz"), gzipSync("[1i32, 2i32]"));
  await prints(IDENTITY, "id_i32_1", "xs.in.gz", "-o", "xs.out.gz");
  assert.equal(String(gunzipSync(readFileSync(join(work, "xs.out.gz")))), "[1i32, 2i32]\n");
});

test("an unknown extension, and options that do not apply, are refused", async () => {
  const call = [IDENTITY, "id_i32_1", "[1]"];
  await fails(
    ["-b", "c", ...call, "-o", "x.xyz"],
    2,
    /-o x\.xyz: its extension has no format: expected one of \.in/,
  );
  await fails(["-b", "c", "--threads", "2", ...call], 2, /programs for c have no threads/);
  await fails(["-b", "c", "--threads", "0", ...call], 2, /expected a positive integer/);
  await fails(["-b", "c", "build/x", "f"], 2, /build\/x is compiled already/);
});

test("an error of the program has Futhark's backtrace", async () => {
  const errors = join(root, "test/cases/blocks/errors.fut");
  const message =
    /^error: at: Error: Index \[7\] out of bounds.*\nBacktrace:\n-> #0 {2}errors\.fut:\d+:\d+-\d+\n$/;
  await fails(["-b", "c", errors, "at", "[1]", "7"], 1, message);
});

test("--time and --profile print tables to stderr", async () => {
  const { status, stdout, stderr } = await cli(
    ...["run", "-b", "c", "--time", "--profile", IDENTITY, "id_i32_1", "[1]"],
  );
  assert.deepEqual([status, stdout], [0, "[1i32]\n"]);
  const time = String.raw` +\d+\.\d{3} ms\n`;
  const parts = ["open", "read arguments", "call", "write results"].map((part) => part + time);
  assert.match(
    stderr,
    new RegExp(`^${parts.join("")}[^]*peak memory, default space +\\d+ bytes\\n$`),
  );
});

test("a reader that ends early gets no stack trace", async () => {
  const args = [cliMain, "run", "-b", "c", TYPES, "fresh", "1000000"];
  const child = spawn(process.execPath, args, { cwd: work, stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const status = await new Promise((resolve) => child.on("close", resolve));
  assert.deepEqual([status, stderr], [141, ""]);
});
