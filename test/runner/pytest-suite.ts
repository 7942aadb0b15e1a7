import { findPython } from "../../ts/setup/python-env.ts";
import { runSuite } from "./suite-process.ts";
import { type Counts, countJunit } from "./summary.ts";

/** Runs files of Python tests and shows their output when they have ended. */
export async function runPytest(
  root: string,
  files: readonly string[],
  names: readonly string[],
  report: string,
): Promise<Counts> {
  const filter = names.length === 0 ? [] : ["-k", names.map(keyword).join(" or ")];
  const color = process.stdout.isTTY ? ["--color=yes"] : [];
  return await runSuite({
    command: findPython(),
    args: ["-m", "pytest", ...color, `--junitxml=${report}`, ...filter, ...files],
    cwd: root,
    env: process.env,
    title: `${files[0]} to ${files.at(-1)}`,
    report,
    count: countJunit,
    emptyStatus: names.length === 0 ? undefined : 5,
  });
}

/** pytest's -k takes names, not sentences: words of a name become underscores' neighbours. */
function keyword(text: string): string {
  return text.trim().replace(/\W+/g, "_");
}
