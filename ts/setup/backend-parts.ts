import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, run } from "./run-command.ts";
import { which } from "./which.ts";

/** What building for a back end needs beside a C compiler, and how to get it. */
export interface BackendParts {
  readonly programs?: readonly string[];
  readonly headers?: readonly string[];
  readonly libraries?: readonly string[];
  readonly advice: string;
}

const NVIDIA =
  "install NVIDIA's driver and the CUDA toolkit (Debian, Ubuntu: apt install nvidia-cuda-toolkit); " +
  "if they are in /usr/local/cuda, set CPATH=/usr/local/cuda/include and " +
  "LIBRARY_PATH=/usr/local/cuda/lib64:/usr/local/cuda/lib64/stubs";

/** The back ends that need more than a C compiler. */
export const BACKEND_PARTS: Readonly<Record<string, BackendParts>> = {
  ispc: {
    programs: ["ispc"],
    advice:
      "install ISPC (Debian, Ubuntu: apt install ispc; else https://ispc.github.io), or use " +
      "multicore, which any C compiler builds",
  },
  opencl: {
    headers: ["CL/cl.h"],
    libraries: ["OpenCL"],
    advice:
      "install OpenCL's headers, the ICD loader and a driver (Debian, Ubuntu: apt install " +
      "opencl-headers ocl-icd-opencl-dev, and for any CPU pocl-opencl-icd)",
  },
  cuda: {
    headers: ["cuda.h", "nvrtc.h"],
    libraries: ["cuda", "cudart", "nvrtc"],
    advice: NVIDIA,
  },
  hip: {
    headers: ["hip/hip_runtime.h", "hip/hiprtc.h"],
    libraries: ["amdhip64", "hiprtc"],
    advice:
      "install AMD's driver and ROCm (Debian, Ubuntu: apt install hipcc libamdhip64-dev); if it is " +
      "in /opt/rocm, set CPATH=/opt/rocm/include and LIBRARY_PATH=/opt/rocm/lib",
  },
};

/** Returns the programs of a back end that are not there, and what a C compiler does not find. */
export async function missingParts(backend: string, compiler: string): Promise<string[]> {
  const { programs = [], headers = [], libraries = [] } = BACKEND_PARTS[backend] ?? {};
  const work = await mkdtemp(join(tmpdir(), "futhark-bridge-"));
  try {
    const file = join(work, "part.c");
    const compiles = async (source: string, ...args: string[]): Promise<boolean> => {
      await writeFile(file, source);
      try {
        const all = [...args.slice(0, 1), file, ...args.slice(1), "-o", join(work, "part")];
        await run(compiler, all, { work, timeoutMs: 60_000 });
        return true;
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        return false;
      }
    };
    const missing = programs.filter((name) => which(name) === undefined);
    // HIP's headers want to know the platform.
    const defines = backend === "hip" ? "#define __HIP_PLATFORM_AMD__\n" : "";
    for (const header of headers) {
      if (!(await compiles(`${defines}#include <${header}>\n`, "-E"))) missing.push(header);
    }
    for (const library of libraries) {
      const main = "int main(void) { return 0; }\n";
      if (!(await compiles(main, "-w", `-l${library}`))) missing.push(`lib${library}`);
    }
    return missing;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
