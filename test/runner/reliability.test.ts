import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

test("every test named in the table of promises exists", () => {
  const lines = readFileSync(here("RELIABILITY.md"), "utf8").split("\n");
  const rows = lines.filter((line) => line.startsWith("| ") && !line.startsWith("| what can"));
  assert.ok(rows.length > 30);
  for (const row of rows) {
    const cells = row.split("|").map((cell) => cell.trim());
    assert.equal(cells.length, 6, row);
    assert.ok(cells[4], `no figure: ${row}`);
    for (const named of (cells[3] as string).split("<br>")) {
      const [, file, name] = /^`([^`]+)` (.+)$/.exec(named) ?? [];
      assert.ok(file !== undefined && name !== undefined, `names no test: ${named}`);
      assert.ok(existsSync(here(file)), `there is no ${file}`);
      assert.ok(readFileSync(here(file), "utf8").includes(name), `${file} has no ${name}`);
    }
  }
});
