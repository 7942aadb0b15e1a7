// The decoders of bytes from outside, given what the real writers wrote and then damaged.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { fromColumn } from "../../ts/arrow/apache.ts";
import { decode, encodeFooter, encodeHeader } from "../../ts/arrow/codec.ts";
import { readIpc } from "../../ts/arrow/read-ipc.ts";
import { readBinaryData, writeBinaryData } from "../../ts/data/binary.ts";
import { readTextData, textOf } from "../../ts/data/text.ts";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { NdArray } from "../../ts/nd-array/nd-array.ts";
import { fromNpy, toNpy } from "../../ts/nd-array/npy.ts";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { type Frame, FrameReader } from "../../ts/wire/frames.ts";
import { runPython, runPythonBytes } from "../support/python.ts";
import { runBytes } from "../support/run-bytes.ts";
import { packInputs, searchDecoder, UNPACK_INPUTS } from "./decode-search.ts";
import { randomFrom } from "./mutate.ts";

const futhark = findCompiler()?.path as string; // as npm test has set it up
const NAMES = Object.keys(ELEMTYPES) as Elemtype[]; // its type says which keys it has
const SHAPES = [[], [3], [2, 3], [0], [2, 0], [2, 3, 4], [40]] as const;
const PY = JSON.stringify(fileURLToPath(new URL("../../py", import.meta.url)));

/** Arrays of each elemtype and of several shapes, with elements that are the same each time. */
function arrays(): NdArray[] {
  const random = randomFrom(1);
  return NAMES.flatMap((elemtype) =>
    SHAPES.map((shape) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const { array, bytes, kind } = ELEMTYPES[elemtype];
      const body = Uint8Array.from({ length: size * bytes }, () =>
        random(kind === "bool" ? 2 : 64),
      );
      return new NdArray(elemtype, new array(body.buffer), shape);
    }),
  );
}

function bytesOf({ data }: NdArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Returns a form that is equal for equal arrays only, and that Python can make, too. */
function digest(array: NdArray): string {
  const whole = array.contiguous();
  // The bits of a NaN may change when it is moved: that it is one does not.
  if (array.elemtype === "f32" || array.elemtype === "f64") {
    const floats = whole.data as Float64Array; // of either width
    for (const [i, value] of floats.entries()) if (Number.isNaN(value)) floats[i] = Number.NaN;
  }
  const hash = createHash("sha256").update(bytesOf(whole)).digest("hex");
  return `${array.elemtype} ${JSON.stringify(array.shape)} ${hash}`;
}

/** No decoder allocates more than the densest encoding of its input: bits for bool. */
function checkSize(values: readonly NdArray[], input: Uint8Array): void {
  const size = values.reduce((sum, { data }) => sum + data.byteLength, 0);
  assert.ok(size <= 64 * input.length, `${size} bytes of ${input.length}`);
}

const PYTHON_DIGEST = `
import hashlib, numpy as np
NAMES = {"int": "i", "uint": "u", "float": "f"}
def digest(a):
    name = "bool" if a.dtype == np.bool_ else a.dtype.kind + str(8 * a.dtype.itemsize)
    if name not in {"bool", *(k + str(n) for k in "iu" for n in (8, 16, 32, 64)), "f16", "f32", "f64"}:
        return None
    a = np.array(a.astype(a.dtype.newbyteorder("<")), order="C")
    if name in {"f32", "f64"}:
        a[np.isnan(a)] = np.nan
    data = a.tobytes()
    return f"{name} {json.dumps(list(a.shape), separators=(',', ':'))} {hashlib.sha256(data).hexdigest()}"
def each(read):
    def one(data):
        try:
            return read(data)
        except Exception:
            return None
    print(json.dumps([one(data) for data in inputs]))
`;

/** Verdicts of Python, which defines \`read\`: bytes to a text, or to None. */
async function verdicts(inputs: readonly Uint8Array[], code: string): Promise<(string | null)[]> {
  const program = `import sys\nsys.path.insert(0, ${PY})\n${UNPACK_INPUTS}${PYTHON_DIGEST}${code}\neach(read)`;
  return JSON.parse(await runPython(program, packInputs(inputs)));
}

/** Files that Python wrote: printed one after the other, each behind its length. */
async function written(code: string): Promise<Uint8Array[]> {
  const output = await runPythonBytes(`
import io, struct, sys
import numpy as np
def give(data):
    sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)
SHAPES = [(), (3,), (2, 3), (0,), (2, 0), (2, 3, 4), (40,)]
NAMES = ["?"] + ["<" + k + str(n) for k in "iu" for n in (1, 2, 4, 8)] + ["<f2", "<f4", "<f8"]
def array(name, shape):
    size = int(np.prod(shape))
    return (np.arange(size) % (2 if name == "?" else 100)).astype(name).reshape(shape)
${code}`);
  const files: Uint8Array[] = [];
  for (let at = 0; at < output.length; ) {
    const end = at + 4 + output.readUInt32LE(at);
    files.push(new Uint8Array(output.subarray(at + 4, end)));
    at = end;
  }
  return files;
}

function message(array: NdArray): Uint8Array {
  const body = bytesOf(array);
  const { elemtype, shape } = array;
  return Buffer.concat([encodeHeader(elemtype, shape), body, encodeFooter(body.length)]);
}

searchDecoder({
  name: "array message",
  steps: [25_000, 1_000_000],
  corpus: async () => arrays().map(message),
  words: ["0,", "9007199254740991", "[", "]}", "\xff\xff\xff\xff"],
  decode: (bytes) => {
    const { elemtype, shape, body } = decode(bytes);
    // Accepted input is what the encoder writes, to the byte.
    const again = Buffer.concat([encodeHeader(elemtype, shape), body, encodeFooter(body.length)]);
    assert.deepEqual(again, Buffer.from(bytes));
    return `${elemtype} ${JSON.stringify(shape)} ${createHash("sha256").update(body).digest("hex")}`;
  },
  sameVerdicts: true,
  reference: (inputs) =>
    verdicts(
      inputs,
      `
from futhark_bridge.arrow.codec import decode
def read(data):
    found = decode(data)
    shape = json.dumps(list(found.shape), separators=(",", ":"))
    return f"{found.elemtype} {shape} {hashlib.sha256(found.body).hexdigest()}"
`,
    ),
});

const MAX_FRAME = 4096;

function frame(id: number, kind: number, length: number): Buffer {
  const bytes = Buffer.alloc(12 + length, id);
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(id, 4);
  bytes.writeUInt32LE(kind, 8);
  return bytes;
}

/** The frames of a whole stream, by the layout of the specification. */
function cutWhole(bytes: Uint8Array): { frames: string[]; fails: boolean } {
  const stream = Buffer.from(bytes);
  const frames: string[] = [];
  for (let at = 0; at + 12 <= stream.length; ) {
    const length = stream.readUInt32LE(at);
    if (length > MAX_FRAME) return { frames, fails: true };
    const end = at + 12 + length;
    if (end <= stream.length) frames.push(stream.toString("hex", at + 4, end));
    at = end;
  }
  return { frames, fails: false };
}

searchDecoder({
  name: "frames",
  steps: [25_000, 1_000_000],
  corpus: async () => [
    Buffer.concat([frame(1, 0, 0), frame(2, 1, 5), frame(3, 0, 40)]),
    Buffer.concat([frame(0xffffffff, 7, 300), frame(9, 0, 0)]),
    Buffer.concat([frame(5, 0, MAX_FRAME), frame(6, 0, 1)]),
  ],
  decode: (bytes, random) => {
    const reader = new FrameReader(MAX_FRAME);
    const frames: string[] = [];
    const accept = ({ id, kind, body }: Frame): void => {
      const head = Buffer.alloc(8);
      head.writeUInt32LE(id, 0);
      head.writeUInt32LE(kind, 4);
      frames.push(head.toString("hex") + Buffer.from(body).toString("hex"));
    };
    const expected = cutWhole(bytes);
    let fails = false;
    try {
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + random(1 + random(bytes.length));
        reader.push(bytes.slice(at, end), accept);
        at = end;
      }
    } catch (error) {
      assert.match(String(error), /ProtocolError: .* longer than the limit of 4096/);
      fails = true;
    }
    assert.deepEqual({ frames, fails }, expected);
    return "";
  },
});

async function datasets(...flags: string[]): Promise<Buffer[]> {
  const types = NAMES.flatMap((name) =>
    SHAPES.map((shape) => shape.map((n) => `[${n}]`).join("") + name),
  );
  const all = types.flatMap((type) => ["-g", type]);
  const some = NAMES.map((name) => runBytes(futhark, ["dataset", ...flags, "-g", `[2][3]${name}`]));
  return await Promise.all([...some, runBytes(futhark, ["dataset", ...flags, ...all])]);
}

searchDecoder({
  name: "Futhark's binary data",
  steps: [25_000, 1_000_000],
  corpus: async () => [...(await datasets("-b")).slice(0, -1), writeBinaryData(arrays())],
  words: ["b\x02\x00 i32", "b\x02\x01bool", "b\x02\x02 f16", " i8", "\n"],
  decode: (bytes) => {
    const values = readBinaryData(bytes, "file");
    checkSize(values, bytes);
    const again = readBinaryData(writeBinaryData(values), "again");
    assert.deepEqual(again.map(digest), values.map(digest));
    return "";
  },
});

searchDecoder({
  name: "Futhark's text data",
  steps: [25_000, 1_000_000],
  corpus: async () => [
    ...(await datasets()).slice(0, -1),
    Buffer.from('"a\\n\\u00e9" ["bc", "de"] -- comment\n[true, false]'),
    Buffer.from("[[1e3f32, f32.nan], [-f32.inf, 0.5]] 0x1Fu8 empty([0][3]i64) 0b101 1_000i16"),
  ],
  words: [
    "[",
    "]",
    "{",
    "}",
    '"',
    "\\",
    "--",
    "f32.nan",
    "1e999",
    "empty([0]i8)",
    '{"a": [1, null]}',
    "0x",
    "u64",
    "-",
    "_",
  ],
  decode: (bytes) => {
    const values = readTextData(Buffer.from(bytes).toString(), "file");
    const again = readTextData(values.map(textOf).join("\n"), "again");
    // A NaN that is printed loses its bits; f16 is printed as if it were f32.
    const facts = (array: NdArray) => [array.elemtype, array.shape, array.toNested()];
    assert.deepEqual(again.map(facts), values.map(facts));
    return "";
  },
});

searchDecoder({
  name: ".npy files",
  // Each is read by numpy too: 4 000 a second, a quarter of what the others take.
  steps: [10_000, 1_000_000],
  corpus: () =>
    written(`
for name in NAMES + [">i4", ">f8"]:
    for shape in SHAPES:
        for order in "CF":
            file = io.BytesIO()
            np.save(file, np.array(array(name, shape), order=order))
            give(file.getvalue())
for version in ((2, 0), (3, 0)):
    file = io.BytesIO()
    np.lib.format.write_array(file, array("<i4", (2, 3)), version)
    give(file.getvalue())
`),
  words: [
    "'descr': '<i8', ",
    "True",
    "False",
    "(2, 3), ",
    "(3, 2), ",
    "}",
    "{",
    "'|O'",
    "L",
    ",",
    "-",
    "0",
    " ",
  ],
  decode: (bytes) => {
    const array = fromNpy(bytes);
    checkSize([array], bytes);
    assert.equal(digest(fromNpy(toNpy(array))), digest(array));
    return digest(array);
  },
  reference: (inputs) =>
    verdicts(
      inputs,
      `
def read(data):
    header = int.from_bytes(data[8:10 if data[6] == 1 else 12], "little")
    if header > len(data):  # numpy allocates memory for missing data
        return None
    return digest(np.load(io.BytesIO(data), allow_pickle=False))
`,
    ),
});

searchDecoder({
  name: "Arrow IPC",
  // Each is read by pyarrow too, and by apache-arrow: 4 000 a second.
  steps: [5_000, 1_000_000],
  corpus: () =>
    written(`
import pyarrow as pa, pyarrow.ipc as ipc
def column(name, shape):
    flat = array(name, (int(np.prod(shape)),))
    whole = pa.array(flat)
    for size in reversed(shape[1:]):
        whole = pa.FixedSizeListArray.from_arrays(whole, size)
    return whole
columns = [column(n, s) for n in NAMES for s in [(3,), (4, 2), (2, 3, 4), (0,)]]
columns.append(pa.array([7, 8, 7], pa.int32()).dictionary_encode())
for whole in columns:
    table = pa.table({"data": whole})
    for make in (ipc.new_stream, ipc.new_file):
        sink = io.BytesIO()
        with make(sink, table.schema) as writer:
            writer.write_table(table)
            writer.write_table(table)
        give(sink.getvalue())
`),
  words: ["ARROW1", "\xff\xff\xff\xff", "\0\0\0\0\0\0\0\0"],
  decode: (bytes) => {
    const values = readIpc(bytes).map(fromColumn);
    checkSize(values, bytes);
    return values.map(digest).join();
  },
  reference: (inputs) =>
    verdicts(
      inputs,
      `
import pyarrow as pa, pyarrow.ipc as ipc
def plain(column):
    kind, inner = column.type, []
    chunks = [c.dictionary_decode() if pa.types.is_dictionary(kind) else c for c in column.chunks]
    while chunks and pa.types.is_fixed_size_list(chunks[0].type):
        inner.append(chunks[0].type.list_size)
        chunks = [c.flatten() for c in chunks]
    parts = [c.to_numpy(zero_copy_only=False) for c in chunks]
    if not parts:
        return digest(np.empty(0, kind.to_pandas_dtype()))
    whole = np.concatenate(parts)
    return digest(whole.reshape(len(column), *inner))
def read(data):
    make = ipc.open_file if data.startswith(b"ARROW1") else ipc.open_stream
    table = make(pa.py_buffer(data)).read_all()
    table.validate(full=True)
    found = [plain(column) for column in table.columns]
    return None if None in found else ",".join(found)
`,
    ),
});
