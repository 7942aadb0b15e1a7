// Damaged connection files: `attach` rejects with an error of ours, whatever is in the file.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { attach, isFutharkError } from "../../ts/index.ts";
import { mutate, randomFrom } from "./mutate.ts";
import { seed, steps } from "./scale.ts";

const WORDS = [
  "null",
  "[]",
  "{}",
  "1e999",
  "-1",
  '""',
  "\\u0000",
  "../",
  "\\n",
  "é",
  '"protocol":1,',
];

test("a damaged connection file is an error, and never a hang", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-files-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const start = seed();
  t.diagnostic(`TEST_SEED=${start}`);
  const random = randomFrom(start);
  // There is no such socket, so that nothing answers where a file is accepted.
  const file = {
    ...{ protocol: 1, socket: join(folder, "socket"), secret: "0".repeat(64) },
    ...{ pid: process.pid, program: "errors" },
  };
  const corpus = [JSON.stringify(file), JSON.stringify({ ...file, socket: folder }), "[]"].map(
    (text) => new TextEncoder().encode(text),
  );
  const path = join(folder, "file.json");
  const codes = new Map<string, number>();
  for (let step = steps(1000, 100_000); step > 0; step--) {
    const input = mutate(corpus[random(corpus.length)] as Uint8Array, corpus, WORDS, random);
    writeFileSync(path, input, { mode: 0o600 });
    await assert.rejects(attach(path), (error) => {
      const where = `TEST_SEED=${start}, ${Buffer.from(input).toString("base64")}: ${String(error)}`;
      if (!isFutharkError(error)) assert.fail(where);
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      return true;
    });
  }
  t.diagnostic([...codes].map(([code, count]) => `${count} ${code}`).join(", "));
  assert.ok(codes.has("worker-exit") && codes.has("bad-argument"));
});
