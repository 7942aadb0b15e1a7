import { got } from "../arguments/got.ts";
import { BlockingClient } from "../client/blocking-client.ts";
import type { WorkerInfo } from "../client/program-info.ts";
import { ArgumentError, ValueStateError } from "../errors.ts";
import { CLOSE } from "../wire/messages.ts";
import { spawnBlockingWorker } from "../worker/blocking-process.ts";
import type { Blocking } from "./blocking.ts";
import { FutharkModule } from "./module.ts";
import { checkOptions, maxMessageBytes, type OpenOptions, startLimitMs } from "./options.ts";
import { type Connection, hello, WorkerRunner } from "./runner.ts";

/**
 * Loads a Futhark program as `open` does, with the same API but no promises: each call waits
 * for its result, and nothing else runs meanwhile. For scripts, REPLs and notebooks.
 * Ctrl-C ends a running call: the worker takes it too, and its end is a `WorkerExitError`.
 * @throws {BuildError | ArgumentError} As `open`.
 */
export function openSync(module: string, options: OpenOptions = {}): Blocking<FutharkModule> {
  if (typeof module !== "string" || module === "") {
    throw new ArgumentError(`openSync: expected the name or path of a module, got ${got(module)}`);
  }
  checkOptions(options);
  if (options.signal !== undefined) {
    throw new ArgumentError("openSync: a signal cannot come while a call blocks; use timeoutMs");
  }
  const connect = (): Connection => {
    const limit = startLimitMs(module, options) ?? Number.POSITIVE_INFINITY;
    const transport = spawnBlockingWorker(options, limit);
    const channel = new BlockingClient(transport, maxMessageBytes(options));
    return { channel, kill: () => transport.kill() };
  };
  const first = connect();
  const runner = new WorkerRunner(first, helloSync(first, module, options), () => {
    const next = connect();
    helloSync(next, module, options);
    return next;
  });
  let closed = false;
  return new FutharkModule({
    session: () => runner.session(),
    restart: (error) => runner.restart(error),
    close: () => {
      if (!closed) close(module, runner);
      closed = true;
      return undefined as unknown as Promise<void>;
    },
  }) as unknown as Blocking<FutharkModule>;
}

function helloSync(connection: Connection, module: string, options: OpenOptions): WorkerInfo {
  try {
    // The channel answers at once.
    return hello(connection, module, options) as unknown as WorkerInfo;
  } catch (error) {
    connection.kill();
    throw error;
  }
}

function close(module: string, runner: WorkerRunner<Connection>): void {
  const { channel } = runner.connection;
  try {
    void channel.request(
      CLOSE,
      () => {},
      () => undefined,
    );
  } catch {
    // A worker that is gone already is closed.
  }
  runner.session().lose("its module was closed");
  channel.fail(new ValueStateError("freed", `the module ${module} was closed`));
}
