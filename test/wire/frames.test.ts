import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../../ts/errors.ts";
import { type Frame, FrameReader } from "../../ts/wire/frames.ts";

const LONG = 1 << 15;

/** A frame by its layout, made here and not by the package. */
function frameBytes(id: number, kind: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + body.byteLength);
  bytes.writeUInt32LE(body.byteLength, 0);
  bytes.writeUInt32LE(id, 4);
  bytes.writeUInt32LE(kind, 8);
  bytes.set(body, 12);
  return new Uint8Array(bytes);
}

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);
}

/** Feeds the chunks, and copies the frames, whose bodies are views. */
function read(chunks: Iterable<Uint8Array>, limit = 2 ** 20): [number, number, Uint8Array][] {
  const reader = new FrameReader(limit);
  const frames: [number, number, Uint8Array][] = [];
  for (const chunk of chunks) {
    reader.push(chunk, ({ id, kind, body }) => frames.push([id, kind, Uint8Array.from(body)]));
  }
  return frames;
}

function* chunksOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
}

const short: [number, number, Uint8Array][] = [
  [1, 0, pattern(5, 1)],
  [2, 1, new Uint8Array(0)],
  [2 ** 32 - 1, 2 ** 32 - 1, pattern(1, 9)],
  [0, 7, pattern(40, 3)],
];
const shortBytes = Buffer.concat(short.map((frame) => frameBytes(...frame)));

test("frames that are split at every byte decode the same", () => {
  for (let cut = 0; cut <= shortBytes.byteLength; cut++) {
    const chunks = [shortBytes.subarray(0, cut), shortBytes.subarray(cut)];
    assert.deepEqual(read(chunks), short, `cut at ${cut}`);
  }
});

test("frames in chunks of 1, 2 and all bytes decode the same", () => {
  for (const size of [1, 2, shortBytes.byteLength]) {
    assert.deepEqual(read(chunksOf(shortBytes, size)), short, `chunks of ${size}`);
  }
});

test("long frames decode the same however they are split", () => {
  const frames: [number, number, Uint8Array][] = [
    [1, 0, pattern(LONG - 1, 1)],
    [2, 0, pattern(LONG, 2)],
    [3, 0, pattern(3 * LONG + 5, 3)],
    [4, 0, pattern(3, 4)],
  ];
  const bytes = Buffer.concat(frames.map((frame) => frameBytes(...frame)));
  for (const size of [11, 12, 13, 4096, LONG + 12, 65536, bytes.byteLength]) {
    assert.deepEqual(read(chunksOf(bytes, size)), frames, `chunks of ${size}`);
  }
});

test("a body is plain bytes, of which slice makes a copy, also where chunks were joined", () => {
  const bytes = frameBytes(1, 0, pattern(100, 5));
  for (const size of [1, 50, bytes.byteLength]) {
    const reader = new FrameReader(1000);
    const seen: Frame[] = [];
    for (const chunk of chunksOf(bytes, size)) reader.push(chunk, (frame) => seen.push(frame));
    assert.equal(seen.length, 1);
    const body = (seen[0] as Frame).body;
    assert.equal(Buffer.isBuffer(body), false, `chunks of ${size}`);
    assert.notEqual(body.slice().buffer, body.buffer, `chunks of ${size}`);
  }
});

test("a body of the limit is taken, and one byte more is refused before its bytes come", () => {
  const body = pattern(1000, 6);
  assert.deepEqual(read([frameBytes(1, 0, body)], 1000), [[1, 0, body]]);
  const header = frameBytes(1, 0, pattern(1001, 6)).subarray(0, 12);
  assert.throws(() => read([header], 1000), ProtocolError);
  assert.throws(() => read([header], 1000), /frame of 1001 bytes.*limit of 1000/);
});

test("a length of 4 GiB allocates no memory if the limit is less", () => {
  const header = Uint8Array.of(255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 100; i++) assert.throws(() => read([header], 2 ** 30), ProtocolError);
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20);
});
