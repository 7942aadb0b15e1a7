import { ArgumentError, BuildError } from "../errors.ts";
import { ensureOpencl } from "./opencl.ts";
import { Progress } from "./progress.ts";
import { describeSetup, type SetupOptions, setup } from "./setup.ts";

/** What each script of package.json needs besides the Node packages. */
const NEEDS: Readonly<
  Record<string, Pick<SetupOptions, "groups" | "compiler"> & { readonly opencl?: true }>
> = {
  demo: { groups: ["demo"] },
  check: { groups: ["demo", "test", "check"], compiler: false },
  bench: { groups: ["demo", "test"] },
  ray: { groups: ["test", "ray"] },
  test: { groups: ["demo", "test", "check", "hastl"], opencl: true },
};

/**
 * Sets up a checkout for one of its scripts, reports on stderr what is used, and passes it to the
 * script's processes as FUTHARK_BRIDGE_PYTHON and FUTHARK.
 * @throws {BuildError} Something is missing, including the tools for building modules.
 */
export async function setUpCheckout(needs = ""): Promise<void> {
  if (needs === "node") return;
  const options = NEEDS[needs];
  if (options === undefined) {
    throw new ArgumentError(
      `set-up: expected node, ${Object.keys(NEEDS).join(", ")}, got ${needs}`,
    );
  }
  const result = await setup(options);
  process.env.FUTHARK_BRIDGE_PYTHON = result.python.python;
  if (options.compiler === false) return;
  if (result.warnings.length > 0) throw new BuildError(result.warnings.join("\n"));
  if (result.compiler !== undefined) process.env.FUTHARK = result.compiler.path;
  if (options.opencl === true) await setUpOpencl();
  process.stderr.write(`${describeSetup(result)}\n`);
}

/** Without an OpenCL runtime its tests are skipped, with the reason. */
async function setUpOpencl(): Promise<void> {
  try {
    Object.assign(process.env, await ensureOpencl(new Progress()));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.env.FUTHARK_BRIDGE_NO_OPENCL = error.message;
    process.stderr.write(`skipping tests of OpenCL: ${error.message}\n`);
  }
}
