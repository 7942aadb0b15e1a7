import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  findDebianMirror,
  parseDeb822,
  parseList,
  readAptSources,
} from "../../ts/setup/apt-sources.ts";

test("a line of sources.list has a uri, suite, components and signing key", () => {
  const text =
    "deb [arch=amd64 signed-by=/k/a.gpg,/k/b.gpg] http://mirror.test/debian/ trixie main contrib # x\n";
  assert.deepEqual(parseList(text), [
    {
      uri: "http://mirror.test/debian/",
      suites: ["trixie"],
      components: ["main", "contrib"],
      signedBy: "/k/a.gpg /k/b.gpg",
    },
  ]);
});

test("source packages, comments and empty lines are skipped", () => {
  assert.deepEqual(
    parseList("deb-src http://a.test/debian sid main\n# deb http://b.test x main\n\n"),
    [],
  );
});

test("a stanza yields one source per uri, and keeps an embedded key", () => {
  const text = [
    "# the machine's own",
    "Types: deb deb-src",
    "URIs: http://a.test/debian",
    "# why two",
    " http://b.test/debian",
    "Suites: bookworm bookworm-updates",
    "Components: main",
    "Signed-By:",
    " -----BEGIN PGP PUBLIC KEY BLOCK-----",
    " .",
    " AAAA",
    " -----END PGP PUBLIC KEY BLOCK-----",
  ].join("\n");
  const sources = parseDeb822(text);
  assert.deepEqual(
    sources.map(({ uri }) => uri),
    ["http://a.test/debian", "http://b.test/debian"],
  );
  assert.deepEqual(sources[1]?.suites, ["bookworm", "bookworm-updates"]);
  assert.match(sources[0]?.signedBy ?? "", /^\n -----BEGIN.*\n \.\n AAAA\n -----END.*$/);
});

test("stanzas that are switched off, or of source packages, are left out", () => {
  const stanza = (more: string) =>
    `Types: deb\nURIs: http://a.test/debian\nSuites: sid\nComponents: main\n${more}`;
  assert.equal(parseDeb822(stanza("Enabled: no\n")).length, 0);
  assert.equal(parseDeb822(stanza("Enabled: yes\n")).length, 1);
  assert.equal(parseDeb822(stanza("").replace("Types: deb", "Types: deb-src")).length, 0);
  assert.equal(parseDeb822(`${stanza("")}\n\n${stanza("")}`).length, 2);
});

test("only Debian itself is a mirror of Debian", () => {
  const source = (uri: string, suite: string, component = "main") =>
    parseList(`deb ${uri} ${suite} ${component}`);
  const others = [
    ...source("http://archive.test/ubuntu", "noble"),
    ...source("http://other.test/node", "nodistro"),
    ...source("http://security.test/debian-security", "bookworm-security"),
    ...source("http://backports.test/debian", "bookworm-backports"),
    ...source("http://extra.test/debian", "bookworm", "contrib"),
    ...source("cdrom:[Debian]/", "bookworm"),
  ];
  assert.equal(findDebianMirror(others), undefined);
  const debian = source("http://mirror.test/debian", "bookworm");
  assert.equal(findDebianMirror([...others, ...debian]), debian[0]);
});

test("both formats are read from apt's folder, other files are not", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "apt-"));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.deepEqual(readAptSources(folder), []);
  mkdirSync(join(folder, "sources.list.d"));
  writeFileSync(join(folder, "sources.list"), "deb http://one.test/debian sid main\n");
  const stanza = "Types: deb\nURIs: http://two.test/debian\nSuites: sid\nComponents: main\n";
  writeFileSync(join(folder, "sources.list.d", "b.sources"), stanza);
  writeFileSync(join(folder, "sources.list.d", "a.list"), "deb http://three.test/x sid main\n");
  writeFileSync(join(folder, "sources.list.d", "c.sources.off"), stanza);
  const uris = readAptSources(folder).map(({ uri }) => uri);
  assert.deepEqual(uris, [
    "http://one.test/debian",
    "http://three.test/x",
    "http://two.test/debian",
  ]);
});
