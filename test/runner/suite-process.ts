import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Counts, NONE } from "./summary.ts";

/** How to run one suite, and how to read the report that it leaves. */
export interface Suite {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Shown at the start, and above the output, which is kept back so that two do not mix. */
  readonly title: string;
  readonly report: string;
  readonly count: (report: string) => Counts | undefined;
  /** The status of a suite in which no test has the name asked for; `undefined`: that is 0. */
  readonly emptyStatus?: number | undefined;
}

/** Runs a suite; one that breaks without counting its failures counts as a failure. */
export async function runSuite(suite: Suite): Promise<Counts> {
  const status = await outputOf(suite);
  const counts = suite.count(readReport(suite.report)) ?? NONE;
  if (status === 0 || status === suite.emptyStatus || counts.failed > 0) return counts;
  process.stdout.write(`${suite.command} ended with ${status}\n`);
  return { ...counts, failed: 1 };
}

function outputOf({ command, args, cwd, env, title }: Suite): Promise<number | string> {
  process.stdout.write(`started: ${title}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const kept: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => kept.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => kept.push(chunk));
    child.on("error", reject);
    child.on("close", (status, signal) => {
      process.stdout.write(Buffer.concat([Buffer.from(`\n${title}\n`), ...kept]));
      resolve(status ?? signal ?? "unknown");
    });
  });
}

function readReport(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the suite broke before it wrote one, which the caller counts
  }
}
