import { KILLED, WorkerExitError } from "../errors.ts";
import { type CloseOptions, checkCloseOptions } from "./close-options.ts";
import { type AsyncConnection, closeSession } from "./connection.ts";
import type { WorkerConnection } from "./hello.ts";
import type { WorkerRunner } from "./runner.ts";
import { startTimer } from "./timer.ts";

/** A channel that answers by promises, to a worker of our own. */
export type OwnConnection = AsyncConnection & WorkerConnection<"promise">;

/**
 * Closes a module: what was called before is still done, within the limit.
 * @returns Resolves when no worker of it is left. Closing again waits for the same.
 */
export async function closeWorker(
  runner: WorkerRunner<"promise", OwnConnection>,
  module: string,
  options: CloseOptions,
): Promise<void> {
  checkCloseOptions(options);
  const { timeoutMs = Number.POSITIVE_INFINITY } = options;
  const stop = (): void => {
    const { running } = runner.connection.channel;
    const what = `the module ${module} was closed, and ${running ?? "a call"} took longer than ${timeoutMs} ms`;
    runner.stop(new WorkerExitError(`the worker was ended: ${what}`, KILLED));
  };
  const stopTimer = startTimer(timeoutMs, stop);
  try {
    if (runner.close()) await closeSession(module, runner.session(), runner.connection);
    await runner.allEnded();
  } finally {
    stopTimer();
  }
}
