import { requireCompiler } from "../cli/program-manifest.ts";
import { BuildError } from "../errors.ts";
import { CommandError, run } from "../setup/run-command.ts";

/**
 * Checks a program with the compiler, which is faster than compiling it.
 * @throws {BuildError} With the errors in the program.
 */
export async function checkProgram(program: string): Promise<void> {
  try {
    await run(requireCompiler(), ["check", program]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new BuildError(`${program} does not compile:\n${error.output.trim()}`, { cause: error });
  }
}
