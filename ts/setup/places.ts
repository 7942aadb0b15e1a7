import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the package: of the checkout, or of the copy that npm installed. */
export const packageRoot: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Whether this is a checkout of the repository; npm leaves package-lock.json out of packages. */
export function isCheckout(root: string = packageRoot): boolean {
  return existsSync(join(root, "package-lock.json"));
}

/** Version of this package, as package.json has it. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot, "package.json"), "utf8");
  const { version } = JSON.parse(text) as { version: string }; // npm refuses a package without one
  return version;
}

/** The folder for what set-up fetches: `$XDG_CACHE_HOME/futhark-bridge`, or below `~/.cache`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "futhark-bridge");
}
