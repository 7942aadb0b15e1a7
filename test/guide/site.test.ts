// The site that `npm run docs` builds, which fails on any warning.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { run } from "../../ts/setup/run-command.ts";
import { root } from "./blocks.ts";

const skip = process.env.TEST_SLOW === "1" ? false : "long: npm run test:slow runs it";
const site = join(root, ".cache/docs");

test("the site is built without warnings, and its links lead somewhere", { skip }, async () => {
  const tsx = ["--import", "tsx", join(root, "test/runner/docs.ts")];
  await run(process.execPath, tsx, { cwd: root });
  const pages = readdirSync(site, { recursive: true, encoding: "utf8" });
  const html = pages.filter((name) => name.endsWith(".html"));
  assert.ok(html.length > 100);
  const dead: string[] = [];
  for (const page of html) {
    const text = readFileSync(join(site, page), "utf8");
    for (const [, link = ""] of text.matchAll(/\s(?:href|src)="([^"#?]+)[^"]*"/g)) {
      if (/^(https?|data|mailto):/.test(link)) continue;
      const target = join(site, dirname(page), decodeURIComponent(link));
      if (!existsSync(target) || !statSync(target).isFile()) dead.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(dead, []);
  const index = readFileSync(join(site, "index.html"), "utf8");
  assert.ok(index.includes('href="./python/futhark_bridge.html"'));
  assert.ok(existsSync(join(site, "python/search.js")));
  assert.ok(existsSync(join(site, "assets/search.js")));
});
