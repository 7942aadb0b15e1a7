import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Backend } from "../backends.ts";
import { ArgumentError, BuildError } from "../errors.ts";
import { requireCompiler } from "./program-manifest.ts";

/**
 * Runs `futhark autotune`; its output goes to stderr.
 * @returns A description of the file that was written.
 * @throws {BuildError} It failed, and has printed the reason.
 */
export async function autotune(
  program: string,
  backend: Backend,
  more: readonly string[],
): Promise<string> {
  if (!program.endsWith(".fut"))
    throw new ArgumentError(`expected a program (.fut), got ${program}`);
  if (!existsSync(program)) throw new BuildError(`no such file: ${program}`);
  if (!TUNED.has(backend)) {
    throw new ArgumentError(
      `programs for ${backend} have few or no tuning parameters: futhark autotune supports ${[...TUNED].join(", ")}`,
    );
  }
  const compiler = requireCompiler();
  const args = ["autotune", `--backend=${backend}`, `--futhark=${compiler}`, ...more, program];
  const status = await runToStderr(compiler, args);
  if (status !== 0) throw new BuildError(`futhark autotune failed with status ${status}`);
  const extension = more.find((option) => option.startsWith("--tuning="))?.slice(9) ?? ".tuning";
  return summary(program + (extension.startsWith(".") ? extension : `.${extension}`));
}

const TUNED: ReadonlySet<string> = new Set(["opencl", "cuda", "hip"]);

/** Runs a command with both outputs on stderr, as stdout is for the result. */
function runToStderr(command: string, args: readonly string[]): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", 2, 2] });
    child.on("error", reject);
    child.on("close", (status, signal) => resolve(status ?? signal ?? "unknown"));
  });
}

function summary(file: string): string {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const count = text.split("\n").filter((line) => /^[^-]\S*\s*=/.test(line)).length;
  if (count > 0) return `${file}: ${count} parameters; use it as open(…, { tuning: "${file}" })`;
  return "the program has no tuning parameters";
}
