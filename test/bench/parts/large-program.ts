import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program of `entries` entry points, each with its own record type. */
export function makeLargeProgram(entries: number): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-bench-"));
  const path = join(folder, "large.fut");
  const parts = Array.from(
    { length: entries },
    (_, i) =>
      `type t${i} = {a${i}: i32, b: f32}\n` +
      `entry f${i} (t: t${i}) : t${i} = t with a${i} = t.a${i} + ${i}\n`,
  );
  writeFileSync(path, parts.join("\n"));
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}
