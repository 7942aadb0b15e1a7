import { KILLED, WorkerExitError } from "../errors.ts";
import { type CloseOptions, checkCloseOptions } from "./close-options.ts";
import { type AsyncConnection, closeSession, lateClose } from "./connection.ts";
import type { WorkerConnection } from "./hello.ts";
import { startTimer } from "./timer.ts";
import type { WorkerRunner } from "./worker-restart.ts";

/** An asynchronous channel to a worker that we started. */
export type OwnConnection = AsyncConnection & WorkerConnection<"promise">;

/**
 * Closes a module after the pending calls have finished, or the limit has passed.
 * @returns Resolves when all its workers have ended, also when closing again.
 */
export async function closeWorker(
  runner: WorkerRunner<"promise", OwnConnection>,
  module: string,
  options: CloseOptions,
): Promise<void> {
  checkCloseOptions(options);
  const { timeoutMs = Number.POSITIVE_INFINITY } = options;
  const stop = (): void => {
    const what = lateClose(module, runner.connection, timeoutMs);
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
