import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { BuildError } from "../errors.ts";
import { findDebianMirror, readAptSources } from "./apt-sources.ts";
import { DEBIAN_MACHINES, type DebianMachine, unpackDebianPackages } from "./debian-package.ts";
import { cacheDir, makeWorkDir } from "./places.ts";
import type { Progress } from "./progress.ts";
import { CommandError } from "./run-command.ts";
import { SetupLock } from "./setup-lock.ts";
import { which } from "./which.ts";

/** Variables that a process needs so that it can build and run modules of the opencl back end. */
export type OpenclEnv = Readonly<Record<string, string>>;

const ICD_FOLDER = "etc/OpenCL/vendors";
const PACKAGES = ["pocl-opencl-icd", "ocl-icd-opencl-dev"];
// Left to the machine: a process can have only one C library, and whoever builds modules has a
// compiler.
const OF_THE_MACHINE = /^(libc6|libc-|libgcc|libstdc\+\+|lib32|libobjc|gcc-|binutils|linux-libc)/;

/**
 * Finds an OpenCL runtime with what is needed to build for it, or fetches PoCL, which runs on
 * any CPU, from Debian into the cache: without root, and nothing of the system changes.
 * @returns what to add to the environment; empty when the system has all of it.
 * @throws {BuildError} there is none, and none to be had here.
 */
export async function ensureOpencl(progress: Progress): Promise<OpenclEnv> {
  const machine = process.platform === "linux" ? DEBIAN_MACHINES[process.arch] : undefined;
  if (process.env.OCL_ICD_VENDORS !== undefined || hasSystemOpencl(machine)) return {};
  const codename = debianCodename();
  const hasApt = which("apt-get") !== undefined && which("dpkg-deb") !== undefined;
  const mirror = findDebianMirror(readAptSources());
  if (machine === undefined || codename === undefined || !hasApt || mirror === undefined) {
    throw new BuildError(
      "no OpenCL runtime: install one with its headers and the ICD loader (PoCL runs on any CPU)",
    );
  }
  const folder = join(cacheDir(), `opencl-${codename}`);
  if (!existsSync(folder)) {
    const lock = new SetupLock(progress);
    await progress.step(`OpenCL (PoCL from Debian ${codename})`, async () => {
      let work: string | undefined;
      try {
        await lock.take();
        if (existsSync(folder)) return;
        work = makeWorkDir();
        const installed = existsSync(STATUS) ? readFileSync(STATUS, "utf8") : "";
        const wanted = (archive: string) => !OF_THE_MACHINE.test(archive);
        const options = { installed, wanted };
        renameSync(
          await unpackDebianPackages(PACKAGES, mirror, codename, machine, work, options),
          folder,
        );
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        throw new BuildError(`PoCL could not be fetched: ${error.message}\n${error.tail(4)}`, {
          cause: error,
        });
      } finally {
        if (work !== undefined) rmSync(work, { recursive: true, force: true });
        await lock.release();
      }
    });
  }
  return openclEnv(folder, machine);
}

const STATUS = "/var/lib/dpkg/status";

/** The variables for a runtime that was unpacked into a folder that takes the place of `/`. */
export function openclEnv(
  root: string,
  machine: DebianMachine,
  env: NodeJS.ProcessEnv = process.env,
): OpenclEnv {
  const lib = join(root, "usr", "lib");
  const library = join(lib, machine.triplet);
  // LLVM's folders, one per version, hold the libraries that its programs load.
  const llvm = readdirSync(lib).filter((name) => name.startsWith("llvm-"));
  const put = (name: string, ...folders: string[]) =>
    [...folders, env[name]].filter(Boolean).join(delimiter);
  return {
    OCL_ICD_VENDORS: join(root, ICD_FOLDER),
    LD_LIBRARY_PATH: put("LD_LIBRARY_PATH", library, ...llvm.map((name) => join(lib, name, "lib"))),
    LIBRARY_PATH: put("LIBRARY_PATH", library),
    CPATH: put("CPATH", join(root, "usr", "include")),
  };
}

/** Whether there are a driver, the header and the library to link with, as packages put them. */
function hasSystemOpencl(machine: DebianMachine | undefined): boolean {
  const drivers = existsSync(`/${ICD_FOLDER}`) ? readdirSync(`/${ICD_FOLDER}`) : [];
  const libraries = [`/usr/lib/${machine?.triplet}`, "/usr/lib64", "/usr/lib", "/usr/local/lib"];
  return (
    drivers.some((name) => name.endsWith(".icd")) &&
    ["/usr/include", "/usr/local/include"].some((folder) => existsSync(`${folder}/CL/cl.h`)) &&
    libraries.some((folder) => existsSync(`${folder}/libOpenCL.so`))
  );
}

/** Codename of the machine's release, if it is Debian: its packages fit the machine's C library. */
function debianCodename(): string | undefined {
  if (!existsSync("/etc/os-release")) return undefined;
  const text = readFileSync("/etc/os-release", "utf8");
  return /^ID=debian$/m.test(text) ? /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] : undefined;
}
