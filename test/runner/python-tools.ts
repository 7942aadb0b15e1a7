import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findPython, uvEnv } from "../../ts/setup/python-env.ts";
import { CommandError, run } from "../../ts/setup/run-command.ts";

/** A program that belongs to the checkout's Python environment. */
export function pythonTool(name: string): string {
  return join(dirname(findPython()), name);
}

/** Writes the lock file that pyproject.toml asks for to `output`, keeping the pins it has. */
export async function compileLock(uv: string, root: string, output: string): Promise<void> {
  const args = [
    ...["pip", "compile", "--quiet", "pyproject.toml", "--python-version", "3.11", "--universal"],
    ...["--group", "test", "--group", "check", "--group", "hastl", "--extra", "ray"],
    ...["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"],
    ...["--custom-compile-command", "npm run lock"],
    ...["--output-file", output],
  ];
  try {
    await run(uv, [...args, "--offline"], { cwd: root }); // enough when nothing has changed
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    await run(uv, args, { cwd: root, env: uvEnv() });
  }
}

/** Fails when requirements.lock is not what pyproject.toml asks for. */
export async function checkRequirementsLock(root: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "futhark-bridge-lock-"));
  try {
    const [kept, made] = [join(root, "requirements.lock"), join(work, "requirements.lock")];
    copyFileSync(kept, made);
    await compileLock(pythonTool("uv"), root, made);
    const [old, fresh] = [readFileSync(kept, "utf8"), readFileSync(made, "utf8")];
    if (old !== fresh) throw new Error("requirements.lock is out of date: run npm run lock");
    if (/https?:|\/\//.test(old)) throw new Error("requirements.lock names a host");
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
