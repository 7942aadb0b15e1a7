import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PLACES = [".venv/bin/python", ".venv/Scripts/python.exe"];

/**
 * Runs a Python program in the project's environment.
 * @param input Its standard input.
 * @returns Its output; rejects with its error output if it fails.
 */
export async function runPython(code: string, input: string | Uint8Array = ""): Promise<string> {
  return (await runPythonBytes(code, input)).toString();
}

/** As {@link runPython}, for output that is not text. */
export async function runPythonBytes(
  code: string,
  input: string | Uint8Array = "",
): Promise<Buffer> {
  const python = PLACES.map((place) => fileURLToPath(new URL(`../../${place}`, import.meta.url)));
  const found = python.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no Python at ${python[0]}: run npm run setup`);
  const child = spawn(found, ["-c", code]);
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  child.stdin.on("error", () => {}); // it may exit before it has read all: its status says why
  child.stdin.end(input);
  const status = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (status !== 0) throw new Error(`python ended with ${status}: ${Buffer.concat(errors)}`);
  return Buffer.concat(output);
}
