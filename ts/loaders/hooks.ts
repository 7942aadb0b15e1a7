// For Node before 22.15: hooks that run in the module loader's thread.
import { programCode, programOf } from "./load-program.ts";

/** Implements Node's `load` hook. */
export async function load(
  url: string,
  context: unknown,
  nextLoad: (url: string, context: unknown) => unknown,
): Promise<unknown> {
  const program = programOf(url);
  if (program === undefined) return nextLoad(url, context);
  // CommonJS, because these versions of Node cannot `require` an ES module from a hook.
  return { format: "commonjs", source: programCode(program), shortCircuit: true };
}
