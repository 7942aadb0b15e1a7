import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DEBIAN_MACHINES, type DebianMachine } from "../../ts/setup/debian-package.ts";
import { openclEnv } from "../../ts/setup/opencl.ts";

test("an unpacked OpenCL runtime takes precedence over the user's variables", () => {
  const root = mkdtempSync(join(tmpdir(), "futhark-bridge-opencl-"));
  try {
    mkdirSync(join(root, "usr/lib/llvm-15/lib"), { recursive: true });
    const machine = DEBIAN_MACHINES.x64 as DebianMachine;
    assert.deepEqual(openclEnv(root, machine, { CPATH: "/mine", LIBRARY_PATH: "" }), {
      OCL_ICD_VENDORS: `${root}/etc/OpenCL/vendors`,
      LD_LIBRARY_PATH: `${root}/usr/lib/x86_64-linux-gnu:${root}/usr/lib/llvm-15/lib`,
      LIBRARY_PATH: `${root}/usr/lib/x86_64-linux-gnu`,
      CPATH: `${root}/usr/include:/mine`,
    });
  } finally {
    rmSync(root, { recursive: true });
  }
});
