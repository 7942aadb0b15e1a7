import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseDeb822 } from "../../ts/setup/apt-sources.ts";
import { aptConfig, DEBIAN_MACHINES, sourceStanza } from "../../ts/setup/debian-package.ts";
import { which } from "../../ts/setup/which.ts";

const mirror = {
  uri: "http://mirror.test/debian",
  suites: ["bookworm"],
  components: ["main", "contrib"],
  signedBy:
    "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n AAAA\n -----END PGP PUBLIC KEY BLOCK-----",
};
const machine = DEBIAN_MACHINES.arm64 ?? assert.fail("no arm64");

test("the source keeps the machine's mirror and key, and changes the release", () => {
  const stanza = sourceStanza(mirror, "testing", machine);
  const [read, ...others] = parseDeb822(stanza);
  assert.deepEqual(read, { ...mirror, suites: ["testing"], components: ["main"] });
  assert.equal(others.length, 0);
  assert.match(stanza, /^Architectures: arm64$/m);
  assert.doesNotMatch(
    sourceStanza({ ...mirror, signedBy: undefined }, "stable", machine),
    /Signed/,
  );
});

const skip = which("apt-config") === undefined && "there is no apt here";
test("apt itself reads its folders, strict checks and no hooks from our settings", {
  skip,
}, (t) => {
  const work = mkdtempSync(join(tmpdir(), "apt-config-"));
  t.after(() => rmSync(work, { recursive: true }));
  mkdirSync(join(work, "parts"));
  const hooks =
    'APT::Update::Post-Invoke { "touch /hook"; };\nAcquire::http::Proxy "http://proxy.test";\n';
  const loose = 'Acquire::AllowInsecureRepositories "true";\nAPT::Architectures { "i386"; };\n';
  writeFileSync(join(work, "machine.conf"), hooks + loose);
  writeFileSync(join(work, "apt.conf"), aptConfig(work, machine));
  const env = { ...process.env, APT_CONFIG: join(work, "machine.conf") };
  const args = ["dump", "--config-file", join(work, "apt.conf")];
  const dump = execFileSync("apt-config", args, { env, encoding: "utf8" });
  const value = (name: string) => new RegExp(`^${name} "(.*)";$`, "m").exec(dump)?.[1];
  assert.equal(value("Dir::State::status"), join(work, "status"));
  assert.equal(value("Dir::State::lists"), join(work, "lists"));
  assert.equal(value("Acquire::AllowInsecureRepositories"), "false");
  assert.equal(value("APT::Get::AllowUnauthenticated"), "false");
  assert.equal(value("Acquire::http::Proxy"), "http://proxy.test");
  assert.equal(value("APT::Architecture"), "arm64");
  assert.equal(value("APT::Architectures::"), "arm64");
  assert.doesNotMatch(dump, /\/hook|i386/);
});
