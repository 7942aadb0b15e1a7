import { findPython } from "../../ts/setup/python-env.ts";
import type { Selection } from "./select.ts";
import { runSuite } from "./suite-process.ts";
import { type Counts, countJunit, NONE } from "./summary.ts";

/** Runs the Python tests and shows their output when they have ended. */
export async function runPytest(
  root: string,
  { pythonFiles, names }: Selection,
  report: string,
): Promise<Counts> {
  if (pythonFiles.length === 0) return NONE;
  const filter = names.length === 0 ? [] : ["-k", names.map(keyword).join(" or ")];
  const color = process.stdout.isTTY ? ["--color=yes"] : [];
  return await runSuite({
    command: findPython(),
    args: ["-m", "pytest", ...color, `--junitxml=${report}`, ...filter, ...pythonFiles],
    cwd: root,
    env: process.env,
    live: false,
    report,
    count: countJunit,
    emptyStatus: names.length === 0 ? undefined : 5,
  });
}

/** pytest's -k takes names, not sentences: words of a name become underscores' neighbours. */
function keyword(text: string): string {
  return text.trim().replace(/\W+/g, "_");
}
