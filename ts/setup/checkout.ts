import { ArgumentError, BuildError } from "../errors.ts";
import { ensureOpencl } from "./opencl.ts";
import { Progress } from "./progress.ts";
import { describeSetup, type SetupOptions, setup } from "./setup.ts";

/** What the scripts of package.json need beyond the Node packages. */
const NEEDS: Readonly<
  Record<string, Pick<SetupOptions, "groups" | "compiler"> & { readonly opencl?: true }>
> = {
  demo: { groups: ["demo"] },
  check: { groups: ["demo", "test", "check"], compiler: false },
  bench: { groups: ["demo", "test"] },
  test: { groups: ["demo", "test", "check", "hastl"], opencl: true },
};

/**
 * Sets up a checkout for one of its scripts, says on stderr what is used, and passes it on to
 * what the script starts, as FUTHARK_BRIDGE_PYTHON and FUTHARK.
 * @throws {BuildError} when something is missing, the tools for building modules included.
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

/** Tests of OpenCL are left out where there is none to be had: they say why. */
async function setUpOpencl(): Promise<void> {
  try {
    Object.assign(process.env, await ensureOpencl(new Progress()));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.env.FUTHARK_BRIDGE_NO_OPENCL = error.message;
    process.stderr.write(`OpenCL is not tested: ${error.message}\n`);
  }
}
