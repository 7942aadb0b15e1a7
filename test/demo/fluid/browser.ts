// A Chromium to try the page in: CHROME names one; else a build from npm's registry, fetched once.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { CommandError, run } from "../../../ts/setup/run-command.ts";
import { fetchPackages, rename } from "../../runner/fetched.ts";

/** What starts a browser, or why there is none. */
export type Found = { readonly launch: () => Promise<Browser> } | { readonly missing: string };

export async function findBrowser(): Promise<Found> {
  const { CHROME } = process.env;
  if (CHROME) return await launcher(CHROME);
  if (process.platform !== "linux" || process.arch !== "x64") {
    return { missing: "no browser is fetched for this system: CHROME names an installed one" };
  }
  const fetched = await fetchPackages(["@sparticuz/chromium@147.0.0"]);
  if ("missing" in fetched) return { missing: `${fetched.missing}: CHROME names an installed one` };
  const place = await unpacked(fetched.folder);
  const found = await launcher(join(place, "chromium"));
  // A small system may lack libraries (NSS) that the package includes.
  return "missing" in found
    ? await launcher(join(place, "chromium"), join(place, "al2023", "lib"))
    : found;
}

/** By default the package would run any file of that name in the temporary folder. */
async function unpacked(folder: string): Promise<string> {
  const place = join(folder, "unpacked");
  if (existsSync(place)) return place;
  const made = mkdtempSync(join(folder, "work-"));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = made;
  try {
    const packed = join(folder, "node_modules", "@sparticuz", "chromium");
    const require = createRequire(join(folder, "package.json"));
    const { executablePath }: { executablePath(): Promise<string> } = require(packed);
    const { inflate }: { inflate(file: string): Promise<string> } = require(
      join(packed, "build", "cjs", "lambdafs.cjs"),
    );
    await Promise.all([executablePath(), inflate(join(packed, "bin", "al2023.tar.br"))]);
    rename(made, place); // whole or not at all, though several tests want it at once
    return place;
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(made, { recursive: true, force: true });
  }
}

/** @param libraries Folder in which it looks for shared libraries first. */
async function launcher(executablePath: string, libraries?: string): Promise<Found> {
  const path = libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries };
  const env = { ...process.env, ...path };
  try {
    await run(executablePath, ["--version"], { env });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { missing: `${executablePath} does not run: ${error.message}` };
  }
  const root = process.getuid?.() === 0;
  const args = root ? ["--no-sandbox"] : [];
  return { launch: () => chromium.launch({ executablePath, env, chromiumSandbox: !root, args }) };
}
