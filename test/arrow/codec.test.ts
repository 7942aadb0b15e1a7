import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import {
  decode,
  encodeFooter,
  encodeHeader,
  MAX_COUNT,
  messageBytes,
} from "../../ts/arrow/codec.ts";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { ArgumentError, ProtocolError } from "../../ts/errors.ts";
import { elementCount } from "../../ts/nd-array/shape.ts";

interface Entry {
  readonly elemtype: Elemtype;
  readonly shape: number[];
  readonly file: string;
  readonly values: string;
  readonly header: string;
}

const arrow = new URL("../../arrow/", import.meta.url);
const index: { vectors: Entry[]; headers: Entry[] } = JSON.parse(
  readFileSync(new URL("vectors.json", arrow), "utf8"),
);
const elemtypes = Object.keys(ELEMTYPES) as Elemtype[];

function encode(elemtype: Elemtype, shape: readonly number[], body: Uint8Array): Buffer {
  return Buffer.concat([encodeHeader(elemtype, shape), body, encodeFooter(body.length)]);
}

function bodyOf(elemtype: Elemtype, shape: readonly number[]): Uint8Array {
  const size = elementCount(shape) * ELEMTYPES[elemtype].bytes;
  return Uint8Array.from({ length: size }, (_, i) => (elemtype === "bool" ? i % 2 : i % 251));
}

test("arrays of every elemtype are decoded as they were encoded", () => {
  for (const elemtype of elemtypes) {
    for (const shape of [[], [0], [1], [100], [2, 3], [3, 0, 2], [2, 3, 4, 5]]) {
      const body = bodyOf(elemtype, shape);
      const message = encode(elemtype, shape, body);
      assert.equal(message.length, messageBytes(elemtype, shape));
      assert.equal(encodeHeader(elemtype, shape).length % 64, 0);
      const decoded = decode(message);
      assert.deepEqual([decoded.elemtype, decoded.shape], [elemtype, shape]);
      assert.deepEqual(Buffer.from(decoded.body), Buffer.from(body));
      assert.equal(decoded.body.buffer, message.buffer, "a view");
    }
  }
});

test("a message anywhere in a buffer decodes to a view of it", () => {
  const message = encode("i32", [2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const buffer = new Uint8Array(message.length + 10);
  buffer.set(message, 3);
  const { body } = decode(buffer.subarray(3, 3 + message.length));
  assert.deepEqual([...body], [1, 2, 3, 4, 5, 6, 7, 8]);
  buffer[body.byteOffset] = 9;
  assert.equal(body[0], 9);
});

test("decoded elements can be changed by the caller", () => {
  const message = encode("u8", [1], Uint8Array.of(1));
  decode(message).shape.push(7);
  assert.deepEqual(decode(message).shape, [1]);
  const shape = [1, 1];
  const header = encodeHeader("u8", shape);
  shape.push(5);
  assert.deepEqual(encodeHeader("u8", [1, 1]), header);
});

test("footers fill up to 64 and end the stream", () => {
  for (let size = 0; size < 130; size++) {
    const footer = Buffer.from(encodeFooter(size));
    assert.equal((size + footer.length) % 64, 8);
    assert.ok(footer.length < 72);
    assert.equal(footer.toString("hex"), `${"00".repeat(footer.length - 8)}ffffffff00000000`);
  }
});

test("values that a message cannot hold are refused", () => {
  const refused = (elemtype: string, shape: number[], message: RegExp) =>
    assert.throws(
      () => encodeHeader(elemtype as Elemtype, shape),
      (error) => error instanceof ArgumentError && message.test(error.message),
    );
  refused("i7", [1], /expected an elemtype, got i7/);
  refused("i8", [-1], /expected dimensions from 0 to \d+, got \[-1\]/);
  refused("i8", [0.5], /expected dimensions/);
  refused("i8", [2 ** 53, 0], /expected dimensions/);
  refused("i8", [Number.NaN], /expected dimensions/);
  refused("i64", [2 ** 51], /expected 9007199254740991 bytes at most/);
  refused("u8", Array(64).fill(MAX_COUNT), /bytes at most/);
  refused("u8", Array(65).fill(1), /expected rank 64 at most, got 65/);
});

test("the limits themselves are allowed", () => {
  for (const shape of [Array(64).fill(1), [0, MAX_COUNT], [...Array(63).fill(MAX_COUNT), 0]]) {
    assert.deepEqual(decode(encode("u8", shape, bodyOf("u8", shape))).shape, shape);
  }
});

test("more than 2^31 elements travel as a flat column", () => {
  const shape = [2, 2 ** 30];
  const header = encodeHeader("i8", shape);
  const message = new Uint8Array(messageBytes("i8", shape)); // zero pages take no room
  message.set(header);
  message.set(encodeFooter(0), message.length - 8);
  const decoded = decode(message);
  assert.deepEqual(decoded.shape, shape);
  assert.equal(decoded.body.length, 2 ** 31);
  const table = tableFromIPC(message);
  assert.equal(table.numRows, 2 ** 31);
  assert.equal(table.schema.fields[0]?.metadata.get("shape"), "[2,1073741824]");
});

test("very long shapes do not exhaust memory", () => {
  const before = encodeHeader("f32", [1, 2]);
  for (let i = 0; i < 1000; i++) encodeHeader("f32", [i, 3]);
  assert.notEqual(encodeHeader("f32", [1, 2]), before, "the cache was emptied meanwhile");
  assert.deepEqual(encodeHeader("f32", [1, 2]), before);
});

const messages = elemtypes.flatMap((elemtype) =>
  [[], [3], [2, 0], [2, 3, 4]].map((shape) => encode(elemtype, shape, bodyOf(elemtype, shape))),
);

/** Returns whether it decodes; if so, encoding it again must yield the same bytes. */
function isCanonical(message: Uint8Array): boolean {
  try {
    const { elemtype, shape, body } = decode(message);
    assert.ok(encode(elemtype, shape, body).equals(message));
    return true;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return false;
  }
}

test("messages cut short or with more after them are refused", () => {
  for (const message of messages) {
    assert.ok(isCanonical(message));
    for (let end = 0; end < message.length; end += 7) {
      assert.ok(!isCanonical(message.subarray(0, end)));
    }
    assert.ok(!isCanonical(message.subarray(0, -1)));
    assert.ok(!isCanonical(Buffer.concat([message, Buffer.of(0)])));
    assert.ok(!isCanonical(Buffer.concat([message, message])));
  }
});

test("changed messages never decode to what was not encoded", () => {
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let refused = 0;
  for (let round = 0; round < 30_000; round++) {
    let message = Buffer.from(messages[random(messages.length)] as Buffer);
    for (let change = [1, 2, 4, 16][random(4)] as number; change > 0; change--) {
      const at = random(Math.max(1, message.length - 4));
      const kind = random(4);
      if (kind === 0) message[at] = random(256);
      else if (kind === 1 && at + 4 <= message.length) {
        message.writeUInt32LE([0, 1, 0x7fffffff, 0x80000000, 0xffffffff][random(5)] as number, at);
      } else {
        const end = kind === 2 ? at + random(9) : at;
        const added = Buffer.alloc(kind === 3 ? random(9) : 0, random(256));
        message = Buffer.concat([message.subarray(0, at), added, message.subarray(end)]);
      }
    }
    if (!isCanonical(message)) refused++;
  }
  assert.ok(refused > 20_000, `only ${refused} were refused`);
});

test("every changed byte outside the elements is noticed", () => {
  for (const message of messages) {
    const { body } = decode(message);
    const start = body.byteOffset - message.byteOffset;
    for (let at = 0; at < message.length; at++) {
      const changed = Buffer.from(message);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      const canonical = isCanonical(changed); // fails if it decodes to anything else
      if (at >= start && at < start + body.length) assert.ok(canonical);
    }
  }
});

test("shapes that are not canonical text are refused", () => {
  const message = encode("u8", [12, 0], new Uint8Array(0));
  const at = message.indexOf("[12,0]");
  for (const text of ["[012,", "[1 2,", "[+12,", "[-12,", '["12"', "[1.2,", "[1e1,", "[0x1,"]) {
    const changed = Buffer.from(message);
    changed.write(text, at);
    assert.ok(!isCanonical(changed), text);
  }
});

for (const { file, elemtype, shape, values } of index.vectors) {
  test(`golden vector ${file}, both ways`, () => {
    const message = readFileSync(new URL(`vectors/${file}`, arrow));
    const body = Buffer.from(values, "hex");
    assert.ok(encode(elemtype, shape, body).equals(message));
    const decoded = decode(message);
    assert.deepEqual([decoded.elemtype, decoded.shape], [elemtype, shape]);
    assert.ok(body.equals(decoded.body));

    const table = tableFromIPC(message);
    assert.equal(table.numRows, 1);
    const [field] = table.schema.fields;
    assert.equal(field?.metadata.get("ARROW:extension:name"), "arrow.fixed_shape_tensor");
    const metadata = JSON.parse(field?.metadata.get("ARROW:extension:metadata") ?? "");
    assert.deepEqual(metadata, { shape });
    const child = table.batches[0]?.data.children[0]?.children[0];
    assert.equal(child?.length, elementCount(shape));
    const read = new Uint8Array(child.values.buffer, child.values.byteOffset, body.length);
    assert.ok(body.equals(read));
  });
}

test("golden headers of large arrays", () => {
  assert.ok(index.headers.length >= 3 * elemtypes.length);
  for (const { elemtype, shape, header } of index.headers) {
    assert.equal(Buffer.from(encodeHeader(elemtype, shape)).toString("hex"), header);
  }
});
