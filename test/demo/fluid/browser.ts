// A Chromium to try the page in: CHROME names one; else a build from npm's registry, fetched once.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { fetchPackages, rename } from "../../runner/fetched.ts";

/** What starts a browser, or why there is none. */
export type Found = { readonly launch: () => Promise<Browser> } | { readonly missing: string };

export async function findBrowser(): Promise<Found> {
  const { CHROME } = process.env;
  if (CHROME) return launcher(CHROME);
  if (process.platform !== "linux" || process.arch !== "x64") {
    return { missing: "no browser is fetched for this system: CHROME names an installed one" };
  }
  const fetched = await fetchPackages(["@sparticuz/chromium@147.0.0"]);
  if ("missing" in fetched) return fetched;
  return launcher(await unpacked(fetched.folder));
}

/** It unpacks into the folder for temporary files, and runs what another has put there: not ours. */
async function unpacked(folder: string): Promise<string> {
  const place = join(folder, "unpacked");
  if (existsSync(place)) return join(place, "chromium");
  const made = mkdtempSync(join(folder, "work-"));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = made;
  try {
    const packed: { executablePath(): Promise<string> } = createRequire(
      join(folder, "package.json"),
    )("@sparticuz/chromium");
    await packed.executablePath();
    rename(made, place); // whole or not at all, though several tests want it at once
    return join(place, "chromium");
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(made, { recursive: true, force: true });
  }
}

function launcher(executablePath: string): Found {
  if (!existsSync(executablePath)) return { missing: `CHROME: there is no ${executablePath}` };
  const root = process.getuid?.() === 0;
  const launch = () =>
    chromium.launch({ executablePath, chromiumSandbox: !root, args: root ? ["--no-sandbox"] : [] });
  return { launch };
}
