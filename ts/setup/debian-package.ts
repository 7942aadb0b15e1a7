import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AptSource } from "./apt-sources.ts";
import { run, runTwice } from "./run-command.ts";

/** A release of Debian, by the name that stays when the release changes. */
export type DebianRelease = "testing" | "stable";

/** How Debian names a kind of machine. */
export interface DebianMachine {
  readonly architecture: "amd64" | "arm64";
  /** Folder of its libraries below usr/lib. */
  readonly triplet: string;
  /** Name of libc's program loader. */
  readonly loader: string;
}

/** The machines that we fetch packages for, by Node's `process.arch`. */
export const DEBIAN_MACHINES: Readonly<Record<string, DebianMachine>> = {
  x64: { architecture: "amd64", triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  arm64: { architecture: "arm64", triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" },
};

/** What not to fetch, or to leave packed. */
export interface UnpackOptions {
  /** The packages that need not be fetched: the text of a file like `/var/lib/dpkg/status`. */
  readonly installed?: string;
  /** Which archives to unpack, by their file names. */
  readonly wanted?: (archive: string) => boolean;
}

/**
 * Fetches packages with all that they depend on, and unpacks them into one folder.
 *
 * apt works in folders of its own below `work`, with a list of installed packages that is empty
 * when left out: so it needs no root, finds all dependencies (libc included), leaves the system as
 * it is, and still checks the release's signature and every hash.
 * @param release Debian's name of a release or its codename.
 * @returns the folder that takes the place of `/`.
 * @throws {CommandError} when apt fails.
 */
export async function unpackDebianPackages(
  names: readonly string[],
  mirror: AptSource,
  release: string,
  machine: DebianMachine,
  work: string,
  { installed = "", wanted = () => true }: UnpackOptions = {},
): Promise<string> {
  for (const folder of ["sources", "lists/partial", "archives/partial", "none", "root"]) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  writeFileSync(join(work, "status"), installed);
  writeFileSync(join(work, "sources", "debian.sources"), sourceStanza(mirror, release, machine));
  const config = join(work, "apt.conf");
  writeFileSync(config, aptConfig(work, machine));
  const env = { ...process.env, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) =>
    runTwice("apt-get", [...args, "--quiet", "--config-file", config], { env, timeoutMs: 300_000 });
  await apt("update");
  await apt("install", ...names, "--yes", "--no-install-recommends", "--download-only");
  const root = join(work, "root");
  for (const archive of readdirSync(join(work, "archives"))) {
    if (!archive.endsWith(".deb") || !wanted(archive)) continue;
    await run("dpkg-deb", ["--extract", join(work, "archives", archive), root], { env });
  }
  return root;
}

/** The source in deb822 format; only the package index is fetched, nothing for graphical shops. */
export function sourceStanza(mirror: AptSource, release: string, machine: DebianMachine): string {
  const fields = [
    "Types: deb",
    `URIs: ${mirror.uri}`,
    `Suites: ${release}`,
    "Components: main",
    `Architectures: ${machine.architecture}`,
    "Targets: Packages",
    "PDiffs: no",
  ];
  if (mirror.signedBy !== undefined) fields.push(`Signed-By: ${mirror.signedBy}`);
  return `${fields.join("\n")}\n`;
}

/** Read last, so it wins over the machine's settings, of which proxies and the like stay in force. */
export function aptConfig(work: string, machine: DebianMachine): string {
  const settings: Readonly<Record<string, string>> = {
    "Dir::State": work,
    "Dir::State::lists": join(work, "lists"),
    "Dir::State::status": join(work, "status"),
    "Dir::State::extended_states": join(work, "extended_states"),
    "Dir::Cache": work,
    "Dir::Cache::archives": join(work, "archives"),
    "Dir::Etc::SourceList": join(work, "none", "sources.list"),
    "Dir::Etc::SourceParts": join(work, "sources"),
    "Dir::Etc::Preferences": join(work, "none", "preferences"),
    "Dir::Etc::PreferencesParts": join(work, "none"),
    "Dir::Log": work,
    "APT::Architecture": machine.architecture,
    "APT::Update::Error-Mode": "any",
    "APT::Get::AllowUnauthenticated": "false",
    "APT::Sandbox::User": "root", // as root, apt would else fetch as a user who cannot see `work`
    "Acquire::AllowInsecureRepositories": "false",
    "Acquire::AllowWeakRepositories": "false",
    "Acquire::AllowDowngradeToInsecureRepositories": "false",
    "Acquire::Languages": "none",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "30",
    "Acquire::https::Timeout": "30",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  const cleared = [
    "APT::Update::Pre-Invoke", // hooks that would act on the system's own lists
    "APT::Update::Post-Invoke",
    "APT::Update::Post-Invoke-Success",
    "APT::Architectures",
    "APT::Default-Release",
    "DPkg::Pre-Install-Pkgs",
  ].map((name) => `#clear ${name};`);
  return `${[...cleared, ...lines].join("\n")}\nAPT::Architectures { "${machine.architecture}"; };\n`;
}
