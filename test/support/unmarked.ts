import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

const MARK = "built by futhark-bridge with a manifest";

/** Copies a module as if another tool had built it: it may lack its manifest. */
export function copyUnmarked(module: string, copy: string): void {
  const content = readFileSync(module);
  const at = content.indexOf(MARK);
  assert.ok(at >= 0);
  writeFileSync(copy, content.fill(0, at, at + MARK.length));
}
