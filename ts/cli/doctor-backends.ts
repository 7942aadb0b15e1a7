import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BACKENDS, type Backend } from "../backends.ts";
import { open } from "../module/open.ts";
import { BACKEND_PARTS, missingParts } from "../setup/backend-parts.ts";
import { findCCompiler, NO_C_COMPILER } from "../setup/c-compiler.ts";
import { findCompiler } from "../setup/compiler.ts";
import type { Finding } from "../setup/doctor.ts";
import { Progress } from "../setup/progress.ts";
import { findPython } from "../setup/python-env.ts";
import { CommandError, run } from "../setup/run-command.ts";

const PROGRAM = "entry doctor (n: i64) : i64 = i64.sum (map (* 2) (iota n))\n";
const [ARGUMENT, RESULT] = [1000n, 999_000n];

/** Checks each back end: what building requires, its devices, and a run of a small program. */
export async function examineBackends(): Promise<Finding[]> {
  const compiler = findCCompiler();
  const isReady = compiler !== undefined && hasFuthark();
  const progress = new Progress(process.stderr.isTTY ? process.stderr : null);
  const findings: Finding[] = [];
  const work = await mkdtemp(join(tmpdir(), "futhark-bridge-"));
  try {
    const program = join(work, "doctor.fut");
    await writeFile(program, PROGRAM);
    for (const backend of BACKENDS) {
      if (!isReady) {
        const advice = compiler === undefined ? NO_C_COMPILER : "run: futhark-bridge setup";
        findings.push(limited(backend, "not tried", advice));
        continue;
      }
      findings.push(
        await progress.step(`back end ${backend}`, () =>
          examineBackend(backend, compiler, program),
        ),
      );
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return findings;
}

async function examineBackend(
  backend: Backend,
  compiler: string,
  program: string,
): Promise<Finding> {
  const missing = await missingParts(backend, compiler);
  const advice = BACKEND_PARTS[backend]?.advice ?? "";
  if (missing.length > 0) return limited(backend, `no ${missing.join(", ")}`, advice);
  const devices = await devicesOf(backend);
  if (devices?.length === 0) return limited(backend, "no device", advice);
  try {
    await using fut = await open(program, { backend, output: "ignore" });
    const result = await fut.entry.doctor(ARGUMENT);
    if (result !== RESULT) {
      return limited(
        backend,
        `a small program returned ${result} instead of ${RESULT}`,
        "update the driver, or use another back end",
      );
    }
  } catch (error) {
    return limited(backend, (error as Error).message.trim(), advice || "run: futhark-bridge setup");
  }
  const on = devices === undefined ? "" : ` on ${devices.join("; ")}`;
  return { name: `back end ${backend}`, state: "ok", found: `runs${on}`, advice: "" };
}

function limited(backend: string, found: string, advice: string): Finding {
  return { name: `back end ${backend}`, state: "limited", found, advice };
}

function hasFuthark(): boolean {
  try {
    return findCompiler() !== undefined;
  } catch {
    return false; // FUTHARK is wrong, which another finding reports
  }
}

/** The devices of a back end; `undefined` if it has none of its own, or they cannot be listed. */
async function devicesOf(backend: string): Promise<string[] | undefined> {
  if (backend === "opencl") return await listed(findPython(), ["-P", "-c", OPENCL]);
  if (backend === "cuda") return await listed("nvidia-smi", ["--list-gpus"]);
  return undefined;
}

async function listed(command: string, args: readonly string[]): Promise<string[] | undefined> {
  try {
    const text = await run(command, args, { timeoutMs: 30_000 });
    return text.split("\n").filter(Boolean);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

// Prints a line for each device: platform and name. CL_PLATFORM_NAME, CL_DEVICE_TYPE_ALL, CL_DEVICE_NAME.
const OPENCL = `
import ctypes
cl = ctypes.CDLL("libOpenCL.so.1")
def ids(get, *first):
    count = ctypes.c_uint()
    if get(*first, 0, None, ctypes.byref(count)) or not count.value:
        return []
    found = (ctypes.c_void_p * count.value)()
    get(*first, count, found, None)
    return list(found)
def text(get, which, key):
    value = ctypes.create_string_buffer(1024)
    get(ctypes.c_void_p(which), key, 1024, value, None)
    return value.value.decode(errors="replace").strip()
for platform in ids(cl.clGetPlatformIDs):
    every = ctypes.c_ulonglong(0xFFFFFFFF)
    for device in ids(cl.clGetDeviceIDs, ctypes.c_void_p(platform), every):
        print(text(cl.clGetPlatformInfo, platform, 0x902), text(cl.clGetDeviceInfo, device, 0x102B), sep=": ")
`;
