// Starts a script of this checkout on a machine that has only Node, npm, Python and a C compiler:
//
//   node ts/bootstrap.mjs NEEDS [SCRIPT.ts [ARGUMENT...]]
//
// installs the Node packages when they differ from package-lock.json, then sets up what NEEDS
// names (see setup/checkout.ts), then runs SCRIPT in this process. Plain JavaScript on purpose:
// it must run before anything is installed, and say so clearly on a Node that is too old.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} message */
function fail(message) {
  process.stderr.write(`futhark-bridge: ${message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old: expected 20.19 or newer (nodejs.org, or nvm)`);
}

/** Whether all that the lock file names is installed in that version, platform packages aside. */
function nodePackagesAreCurrent() {
  const installedList = join(root, "node_modules", ".package-lock.json"); // npm writes it last
  if (!existsSync(installedList)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedList, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    return installed[path] === undefined ? optional === true : installed[path].version === version;
  });
}

function installNodePackages() {
  process.stderr.write("· Node packages (npm ci) ...\n");
  const startedAt = Date.now();
  // No package here needs its install script: what they would build comes ready in packages.
  const args = ["ci", "--ignore-scripts", "--include=dev", "--include=optional"];
  const npm = process.env.npm_execpath; // npm's own script, when npm started us
  const byNode = npm !== undefined && /\.c?js$/.test(npm);
  const command = byNode ? process.execPath : "npm";
  const options = { cwd: root, stdio: ["ignore", 2, 2] };
  for (let attempt = 1; attempt <= 2; attempt++) {
    const { status, error } = spawnSync(command, byNode ? [npm, ...args] : args, options);
    if (error !== undefined) fail(`npm does not run (${error.message}): install npm with Node`);
    if (status === 0) break;
    if (attempt === 2)
      fail("npm ci failed (see above): check the network and npm's registry setting");
  }
  process.stderr.write(`✓ Node packages (${Math.round((Date.now() - startedAt) / 1000)} s)\n`);
}

checkNode();
if (!nodePackagesAreCurrent()) installNodePackages();

const [needs, script, ...args] = process.argv.slice(2);
const { register } = await import("tsx/esm/api");
register();
const { setUpCheckout } = await import("./setup/checkout.ts");
try {
  await setUpCheckout(needs);
} catch (error) {
  fail(error.code === "build" || error.code === "bad-argument" ? error.message : error.stack);
}
if (script !== undefined) {
  const path = resolve(root, script);
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
}
