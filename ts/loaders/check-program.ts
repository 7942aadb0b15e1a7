import { requireCompiler } from "../cli/program-manifest.ts";
import { BuildError } from "../errors.ts";
import { CommandError, run } from "../setup/run-command.ts";

/**
 * Has the compiler check a program, which takes a part of the time of compiling it.
 * @throws {BuildError} With what is wrong with it.
 */
export async function checkProgram(program: string): Promise<void> {
  try {
    await run(requireCompiler(), ["check", program]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new BuildError(`${program} does not compile:\n${error.output.trim()}`, { cause: error });
  }
}
