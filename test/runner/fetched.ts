// Packages that only some tests need: fetched from npm's registry on first use, and kept.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../ts/setup/places.ts";
import { CommandError, run } from "../../ts/setup/run-command.ts";

/** The folder that holds `node_modules`, or why there is none. */
export type Fetched = { readonly folder: string } | { readonly missing: string };

/** What only a network, or a registry that cannot be reached, says. */
export const UNREACHABLE: RegExp =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|E50\d)\b/;

/** The folder of files that tests download. */
export function keepingPlace(): string {
  const place = join(cacheDir(), "tests");
  mkdirSync(place, { recursive: true });
  return place;
}

/**
 * Installs packages, without their install scripts.
 * @param specs As npm takes them: `esbuild@0.28.2`, or the path of a tarball.
 * @param name Of the folder that they are kept in.
 */
export async function fetchPackages(
  specs: readonly string[],
  name: string = specs.join("+").replace(/[^\w.@+-]+/g, "-"),
): Promise<Fetched> {
  const place = keepingPlace();
  const folder = join(place, name);
  if (existsSync(folder)) return { folder };
  // Whole or not at all, though several tests want it at once.
  const made = mkdtempSync(join(place, "work-"));
  try {
    writeFileSync(join(made, "package.json"), '{ "private": true }\n');
    await run(
      "npm",
      [
        ...["install", "--prefix", made, "--ignore-scripts", "--prefer-offline", "--no-audit"],
        ...["--no-fund", "--no-package-lock", "--fetch-retries=1", "--loglevel=error", ...specs],
      ],
      { cwd: made, timeoutMs: 300_000 },
    );
    rename(made, folder);
    return { folder };
  } catch (error) {
    if (!(error instanceof CommandError) || !UNREACHABLE.test(error.output)) throw error;
    return { missing: `npm's registry cannot be reached for ${specs.join(", ")}` };
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Renames a folder or file, unless another process was faster. */
export function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}
