import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Contestant, Name } from "../contestant.ts";

/**
 * A contestant in a separate process, which times itself. It reads requests `{what, size,
 * count, quiet}` as lines of JSON, and answers each by milliseconds, or by null where it has no
 * such operation. A count of 0 prepares.
 */
export function inChild(
  name: Name,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Contestant {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  child.stdin.on("error", () => {}); // its process has ended, which the missing line shows
  const ask = async (request: object): Promise<number | null> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`the process of ${name} ended early`);
    return JSON.parse(value);
  };
  return {
    name,
    pid: child.pid,
    prepare: async (what, size) => {
      if ((await ask({ what, size, count: 0, quiet: false })) === null) return undefined;
      return async (count, quiet = false) =>
        (await ask({ what, size, count, quiet })) ?? Number.NaN;
    },
    close: () => {
      child.stdin.end();
    },
  };
}
