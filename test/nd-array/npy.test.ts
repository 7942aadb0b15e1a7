import assert from "node:assert/strict";
import { test } from "node:test";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { ArgumentError } from "../../ts/errors.ts";
import { nd } from "../../ts/nd-array/nd.ts";
import { fromNpy, toNpy } from "../../ts/nd-array/npy.ts";
import { runPython } from "../support/python.ts";

interface Case {
  readonly elemtype: Elemtype;
  readonly shape: number[];
  readonly version: number[];
  readonly order: string;
  /** The elements in row-major order, little-endian. */
  readonly values: string;
  readonly file: string;
}

const CASES = `
import io, json
import numpy as np
rng = np.random.default_rng(3)
dtypes = dict(i8="i1", i16="i2", i32="i4", i64="i8", u8="u1", u16="u2", u32="u4", u64="u8",
    f16="f2", f32="f4", f64="f8", bool="b1")
for elemtype, code in dtypes.items():
    for shape in [(), (1,), (0,), (5,), (2, 3), (0, 3), (2, 0, 4), (3, 4, 5), (2, 1, 3, 2)]:
        a = np.frombuffer(rng.bytes(int(np.prod(shape)) * np.dtype(code).itemsize), "<" + code)
        a = (a.view("u1") % 2 == 0 if elemtype == "bool" else a).reshape(shape)
        for order in "C", "F":
            for endian in "<", ">":
                for version in (1, 0), (2, 0), (3, 0):
                    b = np.asarray(a, dtype=endian + code, order=order)
                    f = io.BytesIO()
                    np.lib.format.write_array(f, b, version=version)
                    print(json.dumps(dict(elemtype=elemtype, shape=shape, version=version,
                        order=endian + order, values=a.tobytes().hex(), file=f.getvalue().hex())))
`;

test("files of numpy are read, and written as numpy writes them", async () => {
  const lines = (await runPython(CASES)).trim().split("\n");
  assert.equal(lines.length, 12 * 9 * 2 * 2 * 3);
  let same = 0;
  for (const line of lines) {
    const { elemtype, shape, version, order, values, file } = JSON.parse(line) as Case;
    const bytes = new Uint8Array(Buffer.from(file, "hex"));
    for (const shift of [0, 1]) {
      const place = new Uint8Array(bytes.length + shift);
      place.set(bytes, shift);
      const array = fromNpy(place.subarray(shift));
      const where = `${elemtype} [${shape}] ${order} version ${version}`;
      assert.deepEqual([array.elemtype, array.shape], [elemtype, shape], where);
      const { data } = array.contiguous();
      const elements = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      assert.equal(elements.toString("hex"), values, where);
      assert.deepEqual(place.subarray(shift), bytes, "the file is not written to");
    }
    if (order === "<C" && version[0] === 1) {
      const { array: make } = ELEMTYPES[elemtype];
      const data = new make(new Uint8Array(Buffer.from(values, "hex")).buffer);
      assert.equal(Buffer.from(toNpy(nd(data, shape, elemtype))).toString("hex"), file);
      same++;
    }
  }
  assert.equal(same, 12 * 9);
});

test("an aligned file is not copied", () => {
  const file = toNpy(nd(Float64Array.of(1, 2, 3)));
  assert.equal(fromNpy(file).data.buffer, file.buffer);
});

test("numpy loads a saved view", async () => {
  const array = nd(
    Int32Array.from({ length: 24 }, (_, i) => i),
    [2, 3, 4],
  );
  const view = array.transpose(2, 0, 1).slice([null, null, -2]);
  const python = `
import io, json, sys
import numpy as np
print(json.dumps(np.load(io.BytesIO(sys.stdin.buffer.read())).tolist()))
`;
  assert.deepEqual(JSON.parse(await runPython(python, toNpy(view))), view.toNested());
});

test("a file that is not one array of numbers is refused", async () => {
  const good = Buffer.from(toNpy(nd(Float32Array.of(1, 2))));
  const changed = (from: string, to: string) => {
    const bytes = Buffer.from(good);
    bytes.write(to.padEnd(from.length), bytes.indexOf(from), "latin1");
    return bytes;
  };
  const bad: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /expected a .npy file/],
    [Buffer.from("PK\\x03\\x04 an archive of several"), /expected a .npy file/],
    [good.subarray(0, 40), /cut short/],
    [good.subarray(0, -1), /expected 8 bytes for f32 of shape \(2\), got 7/],
    [Buffer.concat([good, good]), /expected 8 bytes/],
    [changed("'<f4'", "'<c8'"), /elements of '<c8'/],
    [changed("'<f4'", "'|O' "), /elements of '\|O'/],
    [changed("'<f4'", "'<f3'"), /elements of '<f3'/],
    [changed("'<f4'", "'=f4'"), /elements of '=f4'/],
    [changed("'descr'", "'descx'"), /expected the header/],
    [changed("False", "None "), /expected the header/],
    [changed("(2,)", "(-2,)".slice(0, 4)), /expected the header/],
    [changed("(2,), }   ", "(9999999999999999999999,), }"), /too large/],
    [Buffer.from(toNpy(nd(Uint8Array.of(0, 2)))).fill("b", 22, 23), /0 and 1 for bool/],
  ];
  for (const [bytes, message] of bad) {
    assert.throws(
      () => fromNpy(bytes),
      (error) => error instanceof ArgumentError && message.test(error.message),
      String(message),
    );
  }
});
