import assert from "node:assert/strict";
import { test } from "node:test";
import { f16ToNumber, numberToF16 } from "../../ts/nd-array/float16.ts";
import { runPythonBytes } from "../support/python.ts";

test("every pattern of 16 bits is the number that numpy returns", async () => {
  const bytes = await runPythonBytes(`
import sys
import numpy as np
sys.stdout.buffer.write(np.arange(65536, dtype="<u2").view("<f2").astype("<f8").tobytes())
`);
  const expected = new Float64Array(new Uint8Array(bytes).buffer);
  assert.equal(expected.length, 65536);
  for (let bits = 0; bits < 65536; bits++) {
    const number = f16ToNumber(bits);
    assert.ok(Object.is(number, expected[bits]), `${bits}: ${number}, not ${expected[bits]}`);
    if (!Number.isNaN(number)) assert.equal(numberToF16(number), bits);
  }
});

test("numbers round to 16 bits as numpy rounds them", async () => {
  const bytes = await runPythonBytes(`
import sys
import numpy as np
rng = np.random.default_rng(16)
halves = np.arange(0x7C00, dtype="<u2").view("<f2").astype("<f8")
middles = (halves[1:] + halves[:-1]) / 2
numbers = np.concatenate([
    middles, np.nextafter(middles, 0), np.nextafter(middles, 1e9),
    np.frombuffer(rng.bytes(8 * 40_000), "<f8"),
    rng.standard_normal(20_000) * 2.0 ** rng.integers(-30, 20, 20_000),
    [0.0, 65519.99, 65520.0, 1e300, np.inf, 5e-324, 2.0**-25, 2.0**-24, 2.0**-26],
])
numbers = np.concatenate([numbers, -numbers])
with np.errstate(all="ignore"):
    halves = numbers.astype("<f2")
sys.stdout.buffer.write(numbers.tobytes() + halves.tobytes())
`);
  const count = bytes.length / 10;
  const numbers = new Float64Array(new Uint8Array(bytes.subarray(0, 8 * count)).buffer);
  const halves = new Uint16Array(new Uint8Array(bytes.subarray(8 * count)).buffer);
  assert.ok(count > 300_000);
  numbers.forEach((number, i) => {
    const expected = Number.isNaN(number) ? 0x7e00 : halves[i];
    assert.equal(numberToF16(number), expected, `${number}`);
  });
});
