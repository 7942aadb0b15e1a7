// The pages in the installed package: what they link to is there too.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { run } from "../../ts/setup/run-command.ts";
import { packedPackage } from "../runner/packed.ts";

test("every link of the package's pages leads to a file in it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "links-"));
  t.after(() => rmSync(folder, { recursive: true }));
  await run("tar", ["xzf", await packedPackage(), "--strip-components=1", "-C", folder]);
  const files = new Set(readdirSync(folder, { recursive: true, encoding: "utf8" }));
  const pages = [...files].filter((name) => name.endsWith(".md"));
  assert.ok(files.has("ts/guide/start-node.md") && pages.length > 20);
  const dead: string[] = [];
  for (const page of pages) {
    const text = readFileSync(join(folder, page), "utf8").replaceAll(/^```.*?^```$/gms, "");
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)) {
      if (/^https?:/.test(link)) continue;
      if (!files.has(normalize(join(dirname(page), link)))) dead.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(dead, []);
});
