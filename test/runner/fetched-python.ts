// Pythons newer than this machine's: Debian's, unpacked into the folder of what tests download.
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findDebianMirror, readAptSources } from "../../ts/setup/apt-sources.ts";
import { DEBIAN_MACHINES, unpackDebianPackages } from "../../ts/setup/debian-package.ts";
import { CommandError } from "../../ts/setup/run-command.ts";
import { which } from "../../ts/setup/which.ts";
import { type Fetched, keepingPlace, rename } from "./fetched.ts";

/** Headers of the release's C library do not go with this machine's. */
const OF_THE_MACHINE = /^(libc6-dev|libc-dev|linux-libc-dev|libcrypt-dev)/;

/** What apt says of a mirror that cannot be reached. */
const UNREACHABLE =
  /Failed to fetch|Could not (resolve|connect)|Temporary failure|Unable to connect/;

/**
 * Fetches `usr/bin/pythonVERSION`, with its headers in `usr/include`. It runs with the C library of
 * its release, as this machine's may be older.
 * @param release Codename of the Debian release that has it.
 */
export async function fetchPython(version: string, release: string): Promise<Fetched> {
  const machine = process.platform === "linux" ? DEBIAN_MACHINES[process.arch] : undefined;
  const mirror = findDebianMirror(readAptSources());
  const hasApt = which("apt-get") !== undefined && which("dpkg-deb") !== undefined;
  if (machine === undefined || mirror === undefined || !hasApt) {
    return { missing: "other Pythons come from Debian, and this system does not" };
  }
  const name = `python${version}`;
  const folder = join(keepingPlace(), name);
  if (existsSync(folder)) return { folder };
  const work = mkdtempSync(join(keepingPlace(), "work-"));
  try {
    const wanted = (archive: string) => !OF_THE_MACHINE.test(archive);
    const packages = [name, `lib${name}-dev`];
    const root = await unpackDebianPackages(packages, mirror, release, machine, work, { wanted });
    const program = join(root, "usr/bin", name);
    renameSync(program, `${program}.elf`);
    const library = join(folder, "usr/lib", machine.triplet);
    const loader = `'${join(library, machine.loader)}' --argv0 "$0" --library-path '${library}'`;
    const text = `#!/bin/sh\nexec ${loader} '${join(folder, "usr/bin", name)}.elf' "$@"\n`;
    writeFileSync(program, text, { mode: 0o755 });
    rename(root, folder);
    return { folder };
  } catch (error) {
    if (!(error instanceof CommandError) || !UNREACHABLE.test(error.output)) throw error;
    return { missing: `Debian's mirror cannot be reached for ${name}` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
