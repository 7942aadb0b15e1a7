import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { ArgumentError, nd, open, toHtml, toPng } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

/** What another decoder reads. */
async function decode(png: Uint8Array): Promise<[width: number, height: number, number[]]> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return [info.width, info.height, [...data]];
}

const cells = (html: string) => [...html.matchAll(/<td>(.*?)<\/td>/g)].map(([, text]) => text);

test("images have the pixels of the array, in greys, colours and with opacity", async () => {
  const grey = nd(Uint8Array.of(0, 1, 2, 253, 254, 255), [2, 3]);
  const three = [0, 1, 2, 253, 254, 255].flatMap((value) => [value, value, value]);
  const [width, height, pixels] = await decode(await toPng(grey));
  assert.deepEqual([width, height], [3, 2]);
  assert.ok(pixels.length === 6 || pixels.length === 18);
  assert.deepEqual(pixels, pixels.length === 6 ? [...grey.data] : three);

  const bytes = Array.from({ length: 24 }, (_, i) => (i * 37) % 256);
  const colours = nd(Uint8Array.from(bytes), [2, 4, 3]);
  assert.deepEqual(await decode(await toPng(colours)), [4, 2, bytes]);
  assert.deepEqual(await decode(await toPng(nd(Uint8Array.from(bytes), [2, 3, 4]))), [3, 2, bytes]);
  const turned = colours.transpose(1, 0, 2);
  const expected = (turned.toNested() as number[][][]).flat(2);
  assert.deepEqual(await decode(await toPng(turned)), [2, 4, expected]);
});

test("other elements are scaled from black to white", async () => {
  const greys = async (...args: Parameters<typeof toPng>) => {
    const { data } = await sharp(await toPng(...args))
      .toColourspace("b-w")
      .raw()
      .toBuffer({ resolveWithObject: true });
    return [...data];
  };
  assert.deepEqual(await greys(nd(Float32Array.of(-1, 0, 1), [1, 3])), [0, 128, 255]);
  assert.deepEqual(await greys(nd(Int16Array.of(0, 5, 10), [3, 1])), [0, 128, 255]);
  assert.deepEqual(await greys(nd(BigInt64Array.of(2n, 4n), [1, 2])), [0, 255]);
  assert.deepEqual(await greys(nd(Uint8Array.of(1, 0), [1, 2], "bool")), [255, 0]);
  assert.deepEqual(
    await greys(nd(Uint16Array.of(0x3c00, 0, 0x3800), [1, 3], "f16")),
    [255, 0, 128],
  );
  assert.deepEqual(await greys(nd(Float64Array.of(Number.NaN, 1, 2), [1, 3])), [0, 0, 255]);
  assert.deepEqual(
    await greys(nd(Float64Array.of(-9, 1, 9), [1, 3]), { range: [0, 2] }),
    [0, 128, 255],
  );
  assert.deepEqual(
    await greys(nd(Uint8Array.of(0, 10, 20), [1, 3]), { range: [0, 20] }),
    [0, 128, 255],
  );
  assert.deepEqual(await greys(nd(Float64Array.of(3, 3), [1, 2])), [0, 0]);
});

test("an image may be a handle", async () => {
  const fut = await open(programPath("identity"), { backend: "c" });
  try {
    const handle = await fut.entry.id_u8_3(nd(Uint8Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3]));
    assert.deepEqual(await decode(await toPng(handle)), [2, 1, [1, 2, 3, 4, 5, 6]]);
  } finally {
    await fut.close();
  }
});

test("an array that is not an image is refused", async () => {
  for (const shape of [[6], [2, 3, 1, 1], [3, 1, 2], [0, 3], [3, 0]]) {
    const size = shape.reduce((product, length) => product * length, 1);
    await assert.rejects(toPng(nd(new Uint8Array(size), shape)), ArgumentError);
  }
});

test("tables show small arrays whole and the edges of large ones", async () => {
  const small = await toHtml(nd(Float32Array.of(1, 0.1, -2, 3e10), [2, 2]));
  assert.match(small, /\[2\]\[2\]f32/);
  assert.deepEqual(cells(small), ["0", "1", "0.1", "1", "-2", "30000000000"]);
  const large = cells(await toHtml(nd(Int32Array.from({ length: 1000 }, (_, i) => i))));
  assert.deepEqual(large, ["", "0", "1", "2", "3", "…", "996", "997", "998", "999"]);
  const square = cells(await toHtml(nd(new BigInt64Array(400), [20, 20])));
  assert.equal(square.length, 9 * 10);
  assert.equal(square.filter((cell) => cell === "…").length, 10 + 8);
  assert.match(await toHtml(nd(new Int8Array(8), [2, 2, 2])), /<pre>\[\[\[0 0\]\n {2}\[0 0\]\]/);
});

test("handles, records and arrays of records are shown", async () => {
  const fut = await open(programPath("types"), { backend: "c" });
  try {
    const array = await fut.entry.fresh(3n);
    assert.match(await toHtml(array), /FutharkArray \[3\]i32/);
    assert.deepEqual(cells(await toHtml(array)), ["", "0", "1", "2"]);
    const places = cells(await toHtml(await fut.entry.places(12n)));
    assert.deepEqual(places.slice(0, 6), ["0", "0", "0", "1", "1", "-1"]);
    assert.deepEqual(places.slice(-3), ["…", "…", "…"]);
    const trip = await toHtml(await fut.entry.trip(2n));
    assert.match(trip, /<td>home<\/td><td>\{ lat: 1, lon: 2 \}<\/td>/);
    assert.match(trip, /<td>name<\/td><td>\[ 104, 105 \]<\/td>/);
  } finally {
    await fut.close();
  }
  assert.deepEqual(cells(await toHtml([{ name: "a<b", x: 0.1 + 0.2 }])), ["0", "a&lt;b", "0.3"]);
  assert.equal(await toHtml("a<b"), "<div><pre>'a&lt;b'</pre></div>");
});
