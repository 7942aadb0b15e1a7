import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Root of the checkout. */
export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const environment = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];

/** The interpreter of the project's own environment, which `npm run demo` names in a variable. */
export const projectPython: string =
  process.env.FUTHARK_BRIDGE_PYTHON || join(root, ".venv", ...environment);

/** Finds the folder of an installed Python package without importing it, which may be slow. */
export async function pythonPackageDir(python: string, name: string): Promise<string> {
  const script =
    "import importlib.util as u, sys; s = u.find_spec(sys.argv[1]); " +
    "print(next(iter(s.submodule_search_locations), '') if s else '')";
  const { stdout } = await promisify(execFile)(python, ["-c", script, name]);
  const found = stdout.trim();
  if (found === "") throw new Error(`the Python package ${name} is not installed in ${python}`);
  return found;
}

/** Runs a script, named from the folder `test`, feeds it bytes and returns the bytes that it prints. */
export function runPython(
  python: string,
  script: string,
  args: readonly string[],
  input: Uint8Array,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      python,
      [join(root, "test", script), ...args],
      {
        cwd: root,
        env: { ...process.env, PYTHONPATH: join(root, "py") },
        encoding: "buffer",
        maxBuffer: 2 ** 30,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${script} failed: ${stderr.toString().trim()}`, { cause: error }));
      },
    );
    // A script that fails closes its end before it has read all; its exit says why.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
