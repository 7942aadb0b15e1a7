import assert from "node:assert/strict";
import { test } from "node:test";
import type { Elemtype } from "../../ts/elemtypes.ts";
import { ProtocolError } from "../../ts/errors.ts";
import { Packer } from "../../ts/wire/packer.ts";
import { Unpacker } from "../../ts/wire/unpacker.ts";

// Bytes as Python's struct.pack("<…") writes them.
const scalars: [Elemtype, number | bigint | boolean, string][] = [
  ["i8", -128, "80"],
  ["i16", -2, "feff"],
  ["i32", -(2 ** 31), "00000080"],
  ["i64", 2n ** 63n - 1n, "ffffffffffffff7f"],
  ["u8", 255, "ff"],
  ["u16", 0x1234, "3412"],
  ["u32", 2 ** 32 - 1, "ffffffff"],
  ["u64", 2n ** 64n - 1n, "ffffffffffffffff"],
  ["f32", 0.5, "0000003f"],
  ["f64", -0, "0000000000000080"],
  ["bool", true, "01"],
  ["bool", false, "00"],
];

for (const [elemtype, value, hex] of scalars) {
  test(`the ${elemtype} ${value} is ${hex}`, () => {
    const packer = new Packer();
    packer.scalar(elemtype, value);
    const bytes = packer.take();
    assert.equal(Buffer.from(bytes).toString("hex"), hex);
    const unpacker = new Unpacker(bytes);
    assert.ok(Object.is(unpacker.scalar(elemtype), value));
    unpacker.end();
  });
}

test("the bits of an f16 decode to its value", () => {
  const read = (hex: string) => new Unpacker(Buffer.from(hex, "hex")).scalar("f16");
  assert.deepEqual(["003e", "ff7b", "0100", "007c", "0080"].map(read), [
    1.5,
    65504,
    2 ** -24,
    Number.POSITIVE_INFINITY,
    -0,
  ]);
  assert.ok(Number.isNaN(read("007e")));
});

test("sizes are safe integers in 64 bits", () => {
  for (const size of [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]) {
    const packer = new Packer();
    packer.i64(size);
    const bytes = Uint8Array.from(packer.take());
    assert.equal(new DataView(bytes.buffer).getBigInt64(0, true), BigInt(size));
    assert.deepEqual(new Unpacker(bytes).dims(1), [size]);
  }
});

test("a size of 2^53 is refused", () => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, 2n ** 53n, true);
  assert.throws(() => new Unpacker(bytes).dims(1), ProtocolError);
});

test("a reply that ends early is refused at every byte", () => {
  const kinds: [string, number, (reply: Unpacker) => unknown][] = [
    ["u32", 4, (reply) => reply.u32()],
    ["i64", 8, (reply) => reply.i64()],
    ["dims", 16, (reply) => reply.dims(2)],
    ...scalars.map(([elemtype, , hex]): [string, number, (reply: Unpacker) => unknown] => [
      elemtype,
      hex.length / 2,
      (reply) => reply.scalar(elemtype),
    ]),
  ];
  for (const [name, size, take] of kinds) {
    for (let length = 0; length < size; length++) {
      const bytes = new Uint8Array(100).subarray(50, 50 + length);
      assert.throws(() => take(new Unpacker(bytes)), ProtocolError, `${name} of ${length} bytes`);
    }
  }
});

test("bytes that are left over are refused", () => {
  const unpacker = new Unpacker(new Uint8Array(5));
  unpacker.u32();
  assert.throws(() => unpacker.end(), /1 bytes too many/);
  assert.equal(unpacker.rest().byteLength, 1);
  unpacker.end();
});

test("the bytes taken from a packer do not change with later writes", () => {
  const packer = new Packer(64);
  const taken: Uint8Array[] = [];
  for (let i = 0; i < 3000; i++) {
    packer.u32(i);
    packer.bytes(Uint8Array.of(i & 0xff));
    if (i % 100 === 99) taken.push(packer.take());
  }
  const all = Buffer.concat(taken);
  assert.equal(all.byteLength, 15000);
  for (let i = 0; i < 3000; i++) {
    assert.equal(all.readUInt32LE(5 * i), i);
    assert.equal(all[5 * i + 4], i & 0xff);
  }
});

test("dropping a partial message keeps the earlier ones", () => {
  const packer = new Packer(16);
  packer.u32(1);
  const start = packer.length;
  packer.bytes(new Uint8Array(100));
  packer.rewind(start);
  packer.u32(2);
  assert.deepEqual([...packer.take()], [1, 0, 0, 0, 2, 0, 0, 0]);
});

test("a packer does not keep the memory of a large message", () => {
  const packer = new Packer();
  packer.bytes(new Uint8Array(2 ** 24));
  assert.equal(packer.take().byteLength, 2 ** 24);
  packer.reuse();
  assert.ok(packer.view.byteLength < 2 ** 20);
});
