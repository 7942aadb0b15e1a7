// For Node before 22.15: hooks in the thread of its module loader.
import { programCode, programOf } from "./load-program.ts";

/** Node's hook of that name. */
export async function load(
  url: string,
  context: unknown,
  nextLoad: (url: string, context: unknown) => unknown,
): Promise<unknown> {
  const program = programOf(url);
  if (program === undefined) return nextLoad(url, context);
  // CommonJS: these Nodes cannot give an ES module of a hook to who requires it.
  return { format: "commonjs", source: programCode(program), shortCircuit: true };
}
