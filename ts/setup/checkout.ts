import { ArgumentError, BuildError } from "../errors.ts";
import { describeSetup, type SetupOptions, setup } from "./setup.ts";

/** What the scripts of package.json need beyond the Node packages. */
const NEEDS: Readonly<Record<string, Pick<SetupOptions, "groups" | "compiler">>> = {
  demo: { groups: ["demo"] },
  check: { groups: ["demo", "test", "check"], compiler: false },
  bench: { groups: ["demo", "test"] },
  test: { groups: ["demo", "test", "check", "hastl"] },
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
  process.stderr.write(`${describeSetup(result)}\n`);
}
