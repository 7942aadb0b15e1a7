import { execFile } from "node:child_process";

/** Runs a command; its output as bytes. */
export function runBytes(command: string, args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { encoding: "buffer", maxBuffer: 2 ** 28 } as const;
    execFile(command, [...args], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}
