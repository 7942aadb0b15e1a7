import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { which } from "./which.ts";

/** How to run a command; omitted options are inherited from this process. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Time after which the command is killed; default 600 000. */
  readonly timeoutMs?: number;
  /** A folder that is removed if this process ends before the command. */
  readonly work?: string;
}

/**
 * Runs a command in a process group of its own. Descriptor 3 is a pipe held by this process: when
 * it closes, since the process ended in any way, the group is killed and the folder removed. First
 * the shell is killed, so that it does not report the command's end, and the command, as a writer.
 */
const GUARD = `work=$1; shift
"$@" 3<&- &
command=$!
{
  read -r _ <&3
  kill -s KILL $$ $command
  [ -z "$work" ] || rm -rf "$work"
  kill -s KILL 0
} </dev/null >/dev/null 2>&1 &
exec 3<&-
wait $command
status=$?
kill -s KILL $!
exit $status`;

/** A command could not be started, failed, or took too long. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** The command's output, stdout followed by stderr. */
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }

  /** Returns the last lines of the output, where commands report errors. */
  tail(lines = 12): string {
    return this.output.trim().split("\n").slice(-lines).join("\n");
  }
}

/**
 * Runs a command without a shell and without input.
 * @returns Its stdout.
 * @throws {CommandError} It exited with another status than 0, by a signal, or at the time limit.
 */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, env = process.env, timeoutMs = 600_000, work = "" } = options;
  return new Promise((resolve, reject) => {
    if (which(command, env.PATH) === undefined) {
      throw new CommandError(`${command}: program not found`, "");
    }
    const child = spawn("/bin/sh", ["-c", GUARD, "sh", work, command, ...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      detached: true,
    });
    const timer = setTimeout(() => killGroup(child), timeoutMs);
    child.stdio[3]?.on("error", () => {});
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new CommandError(`${command}: ${error.message}`, ""));
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      if (status === 0) return resolve(stdout);
      const end = signal === null ? described(status ?? 0) : `ended by ${signal}`;
      reject(new CommandError(`${command} ${args[0] ?? ""}: ${end}`, `${stdout}\n${stderr}`));
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}

/** Describes a status of the shell, which reports a signal as 128 plus its number. */
function described(status: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === status - 128);
  return signal === undefined ? `exit status ${status}` : `ended by ${signal[0]}`;
}

/** Runs a command that uses the network, and again if it fails. */
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
