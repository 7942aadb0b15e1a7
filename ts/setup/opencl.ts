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

/** Environment variables for building and running modules of the opencl back end. */
export type OpenclEnv = Readonly<Record<string, string>>;

const ICD_FOLDER = "etc/OpenCL/vendors";
const PACKAGES = ["pocl-opencl-icd", "ocl-icd-opencl-dev"];
// The machine's own are used: a process can have only one C library, and building modules requires
// a compiler anyway.
const OF_THE_MACHINE = /^(libc6|libc-|libgcc|libstdc\+\+|lib32|libobjc|gcc-|binutils|linux-libc)/;

/**
 * Finds an OpenCL runtime with the files to build for it, or fetches PoCL, which runs on any CPU,
 * from Debian into the cache, without root and without changes to the system.
 * @returns Variables to add to the environment; empty if the system has a runtime.
 * @throws {BuildError} There is no runtime, and none can be fetched.
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

/** Returns the variables for a runtime unpacked below `root` instead of `/`. */
export function openclEnv(
  root: string,
  machine: DebianMachine,
  env: NodeJS.ProcessEnv = process.env,
): OpenclEnv {
  const lib = join(root, "usr", "lib");
  const library = join(lib, machine.triplet);
  // The libraries of LLVM's programs, in one folder per version.
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

/** Whether a driver, the header and the library to link with are where packages install them. */
function hasSystemOpencl(machine: DebianMachine | undefined): boolean {
  const drivers = existsSync(`/${ICD_FOLDER}`) ? readdirSync(`/${ICD_FOLDER}`) : [];
  const libraries = [`/usr/lib/${machine?.triplet}`, "/usr/lib64", "/usr/lib", "/usr/local/lib"];
  return (
    drivers.some((name) => name.endsWith(".icd")) &&
    ["/usr/include", "/usr/local/include"].some((folder) => existsSync(`${folder}/CL/cl.h`)) &&
    libraries.some((folder) => existsSync(`${folder}/libOpenCL.so`))
  );
}

/** Returns the codename of this Debian, whose packages fit the C library; `undefined` elsewhere. */
function debianCodename(): string | undefined {
  if (!existsSync("/etc/os-release")) return undefined;
  const text = readFileSync("/etc/os-release", "utf8");
  return /^ID=debian$/m.test(text) ? /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] : undefined;
}
