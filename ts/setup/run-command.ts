import { spawn } from "node:child_process";

/** How to run a command; what is left out is inherited. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The command is killed after this long; default ten minutes. */
  readonly timeoutMs?: number;
}

/** A command that could not be started, failed, or took too long. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What the command wrote, stderr after stdout. */
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }

  /** The last lines of the output: where commands say what went wrong. */
  tail(lines = 12): string {
    return this.output.trim().split("\n").slice(-lines).join("\n");
  }
}

/**
 * Runs a command without a shell and without input.
 * @returns what it wrote to stdout.
 * @throws {CommandError} on a status other than 0, a signal, or the time limit.
 */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, env = process.env, timeoutMs = 600_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    // spawn's own `timeout` outlives a command that could not be started, and keeps Node running.
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new CommandError(`${command}: ${error.message}`, ""));
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      if (status === 0) return resolve(stdout);
      const end = signal === null ? `exit status ${status}` : `ended by ${signal}`;
      reject(new CommandError(`${command} ${args[0] ?? ""}: ${end}`, `${stdout}\n${stderr}`));
    });
  });
}

/** Runs a command that uses the network, and once more when it fails. */
export async function runTwice(
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  try {
    return await run(command, args, options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return await run(command, args, options);
  }
}
