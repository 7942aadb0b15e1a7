import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One source that apt fetches packages from. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** `Signed-By` as written: a keyring's path, fingerprints, or a whole key of several lines. */
  readonly signedBy: string | undefined;
}

const DEBIAN_SUITES: ReadonlySet<string> = new Set([
  ...["oldoldstable", "oldstable", "stable", "testing", "unstable", "sid"],
  ...["buster", "bullseye", "bookworm", "trixie", "forky", "duke"],
]);

/** Reads the machine's sources in both formats, in apt's order. */
export function readAptSources(etcApt = "/etc/apt"): AptSource[] {
  const parts = join(etcApt, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const files = [join(etcApt, "sources.list"), ...names.map((name) => join(parts, name))];
  return files.flatMap((file) => {
    if (file.endsWith(".list") && existsSync(file)) return parseList(readFileSync(file, "utf8"));
    if (file.endsWith(".sources")) return parseDeb822(readFileSync(file, "utf8"));
    return [];
  });
}

/** Parses the one-line format, `deb [options] uri suite component...`. */
export function parseList(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+([^#]+)/.exec(line);
    if (match === null) continue;
    const [, options = "", uri = "", rest = ""] = match;
    const [suite = "", ...components] = words(rest);
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1]?.replaceAll(",", " ");
    sources.push({ uri, suites: [suite], components, signedBy });
  }
  return sources;
}

/** Parses the deb822 format: stanzas of fields, separated by empty lines. */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const stanza of text.split(/\n[ \t]*\n/)) {
    const fields = parseStanza(stanza);
    const types = words(fields.get("types") ?? "");
    if (!types.includes("deb") || /^(no|false|off|0)$/i.test(fields.get("enabled") ?? "")) continue;
    const suites = words(fields.get("suites") ?? "");
    const components = words(fields.get("components") ?? "");
    for (const uri of words(fields.get("uris") ?? "")) {
      sources.push({ uri, suites, components, signedBy: fields.get("signed-by") });
    }
  }
  return sources;
}

/** Returns the first source that is a mirror of Debian, not of its security updates. */
export function findDebianMirror(sources: readonly AptSource[]): AptSource | undefined {
  return sources.find(
    ({ uri, suites, components }) =>
      !uri.startsWith("cdrom:") &&
      components.includes("main") &&
      suites.some((suite) => DEBIAN_SUITES.has(suite)),
  );
}

function parseStanza(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = "";
  for (const line of stanza.split("\n")) {
    if (line.startsWith("#")) continue;
    const field = /^([A-Za-z][\w-]*):[ \t]*(.*)$/.exec(line);
    if (field !== null) {
      name = (field[1] ?? "").toLowerCase();
      fields.set(name, field[2]?.trim() ?? "");
    } else if (/^\s/.test(line) && name !== "") {
      fields.set(name, `${fields.get(name)}\n${line.trimEnd()}`);
    }
  }
  return fields;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
