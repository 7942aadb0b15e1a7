import { existsSync, readdirSync } from "node:fs";
import type { OpenOptions } from "../../ts/index.ts";

const VENDORS = "/etc/OpenCL/vendors";

/** Why the tests of the OpenCL back end cannot run here; `undefined`: they can. */
function noOpencl(): string | undefined {
  const { FUTHARK_BRIDGE_NO_OPENCL: reason, OCL_ICD_VENDORS: vendors } = process.env;
  if (reason) return reason;
  const folder = vendors ?? VENDORS;
  // The program would end the process when it finds no device.
  const drivers = existsSync(folder) ? readdirSync(folder) : [];
  return drivers.length > 0 ? undefined : "no OpenCL runtime: npm test sets one up";
}

/** All back ends that are tested, and why one cannot be here (`false`: it can). */
export const backendsToTest: readonly {
  backend: "c" | "multicore" | "opencl";
  skip: string | false;
}[] = [
  { backend: "c", skip: false },
  { backend: "multicore", skip: false },
  { backend: "opencl", skip: noOpencl() ?? false },
];

/**
 * How to open a test program with a back end. PoCL 3.1 runs reductions of 0.25.32 wrong from the
 * second on, in plain C too, unless no thread has to wait for another.
 */
export function openOptions(backend: "c" | "multicore" | "opencl"): OpenOptions {
  if (backend !== "opencl") return { backend };
  return { backend, tuning: { default_thread_block_size: 1 } };
}
