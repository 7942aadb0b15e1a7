import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const command = ["--import", "tsx", join(root, "ts", "cli", "main.ts"), ...args];
  const options = { cwd: root, env: { ...process.env, ...env }, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
  return { status, stdout, stderr };
}

test("--version prints the version of package.json, for each command too", () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const args of [["--version"], ["doctor", "--version"]]) {
    assert.deepEqual(cli(args), { status: 0, stdout: `${version}\n`, stderr: "" });
  }
});

test("a wrong call ends with status 2 and one line", () => {
  for (const args of [["nothing"], ["setup", "--bogus"], ["setup", "--compiler", "sid"]]) {
    const { status, stdout, stderr } = cli(args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^error: .*\n(\(Did you mean .*\)\n)?$/);
  }
  assert.equal(cli([]).status, 2);
  assert.match(cli(["setup", "--help"]).stdout, /--compiler <release>/);
});

test("a command that fails ends with status 1 and one line", () => {
  const { status, stderr } = cli(["setup", "--check"], { FUTHARK: "/absent/futhark" });
  assert.equal(status, 1);
  assert.equal(stderr, "error: FUTHARK is not an executable: /absent/futhark\n");
});

test("setup --check reports what is used, and --quiet prints nothing", () => {
  const { status, stdout } = cli(["setup", "--check"]);
  assert.equal(status, 0);
  assert.match(stdout, /^ready: Python 3\.\d+\.\d+ \(.*\), Futhark \d+\.\d+\.\d+ \(.*\)\n$/);
  assert.deepEqual(cli(["setup", "--check", "--quiet"]), { status: 0, stdout: "", stderr: "" });
});

test("doctor finds all that the tests run with, as text and as JSON", () => {
  const { status, stdout } = cli(["doctor", "--json", "--no-backends"]);
  assert.equal(status, 0);
  const findings: { name: string; state: string; found: string }[] = JSON.parse(stdout);
  const packages = findings.find(({ name }) => name === "Python packages");
  assert.match(packages?.found ?? "", /^cffi 2\.[\d.]+, futhark-ffi 0\.16\.0, numpy 2\.[\d.]+,/);
  assert.ok(findings.every(({ state }) => state !== "missing"));
  const lines = cli(["doctor", "--no-backends"]).stdout.split("\n");
  assert.ok(lines.includes(`✓ Python packages: ${packages?.found}`));
});

test("doctor reports what is missing and how to install it, and fails", (t) => {
  const empty = mkdtempSync(join(tmpdir(), "doctor-"));
  t.after(() => rmSync(empty, { recursive: true }));
  const env = { PATH: empty, XDG_CACHE_HOME: empty, CC: "", FUTHARK: "" };
  const { status, stdout } = cli(["doctor"], { ...env, FUTHARK_BRIDGE_PYTHON: join(empty, "py") });
  assert.equal(status, 1);
  assert.match(stdout, /^✗ Python: .*py does not run\n {4}run: futhark-bridge setup$/m);
  assert.match(stdout, /^! Futhark compiler\n {4}run: futhark-bridge setup; needed for \.fut/m);
  assert.match(stdout, /^! C compiler\n {4}no C compiler on PATH.*apt install gcc/m);
});
