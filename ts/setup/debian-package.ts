import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AptSource } from "./apt-sources.ts";
import { run, runTwice } from "./run-command.ts";

/** A Debian release, by the name that does not change with its version. */
export type DebianRelease = "testing" | "stable";

/** Debian's names for a machine architecture. */
export interface DebianMachine {
  readonly architecture: "amd64" | "arm64";
  /** Folder of libraries in usr/lib. */
  readonly triplet: string;
  /** Name of libc's dynamic loader. */
  readonly loader: string;
}

/** The supported architectures, by Node's `process.arch`. */
export const DEBIAN_MACHINES: Readonly<Record<string, DebianMachine>> = {
  x64: { architecture: "amd64", triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  arm64: { architecture: "arm64", triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" },
};

/** Options of {@link unpackDebianPackages}. */
export interface UnpackOptions {
  /** Packages not to fetch, as in `/var/lib/dpkg/status`; default: none. */
  readonly installed?: string;
  /** Whether to unpack an archive, by its file name. Default: all. */
  readonly wanted?: (archive: string) => boolean;
}

/**
 * Fetches packages with all their dependencies and unpacks them into one folder.
 *
 * apt uses folders below `work` and the list `installed` instead of the system's: it needs no root,
 * resolves all dependencies (with libc, unless it is listed), does not change the system, and still
 * checks the release's signature and every hash.
 * @param release Name or codename of a Debian release.
 * @returns The folder to use as the root, in place of `/`.
 * @throws {CommandError} apt or dpkg-deb failed.
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

/** Returns the source in deb822 format; it limits the update to the package index. */
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

/** Returns apt's configuration, read after the machine's, whose other settings (proxies) apply. */
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
    "APT::Sandbox::User": "root", // apt's own user has no access to `work`
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
    "APT::Update::Pre-Invoke", // hooks that act on the system's lists
    "APT::Update::Post-Invoke",
    "APT::Update::Post-Invoke-Success",
    "APT::Architectures",
    "APT::Default-Release",
    "DPkg::Pre-Install-Pkgs",
  ].map((name) => `#clear ${name};`);
  return `${[...cleared, ...lines].join("\n")}\nAPT::Architectures { "${machine.architecture}"; };\n`;
}
