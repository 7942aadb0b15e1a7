import type { Blocking } from "../client/answer.ts";
import { BlockingClient } from "../client/blocking-client.ts";
import type { BlockingTransport } from "../client/transport.ts";
import {
  ArgumentError,
  type FutharkError,
  NO_PROCESS,
  ValueStateError,
  WorkerExitError,
} from "../errors.ts";
import { CLOSE } from "../wire/messages.ts";
import { type BlockingWorkerTransport, spawnBlockingWorker } from "../worker/blocking-process.ts";
import { workerPlace } from "../worker/child.ts";
import { type CloseOptions, checkCloseOptions } from "./close-options.ts";
import { hello, type OpenedInfo, type WorkerConnection } from "./hello.ts";
import { FutharkModule, type Runner } from "./module.ts";
import { checkOptions, maxMessageBytes, type OpenOptions, startLimitMs } from "./options.ts";
import { pathOf } from "./program-path.ts";
import { WorkerRunner } from "./worker-restart.ts";

interface BlockingConnection extends WorkerConnection<"blocking"> {
  readonly channel: BlockingClient;
  readonly transport: BlockingWorkerTransport;
}

/**
 * Loads a Futhark program like `open`, with the same API but without promises: each call blocks
 * until its result is available. Intended for scripts, REPLs and notebooks. Ctrl-C ends a running
 * call: it also ends the worker, which is reported as a `WorkerExitError`.
 * @throws {BuildError | ArgumentError | TimeoutError} Like `open`.
 */
export function openSync(name: string | URL, given: OpenOptions = {}): Blocking<FutharkModule> {
  const module = pathOf(name, "openSync: expected the name or path of a module");
  const options = checkOptions(given);
  if (options.signal !== undefined) {
    throw new ArgumentError(
      "openSync: a blocking call cannot be aborted by a signal; use timeoutMs",
    );
  }
  const { restart = true } = options;
  const place = workerPlace(options);
  const maxBytes = maxMessageBytes(options);
  const connect = (path: string): BlockingConnection => {
    const limitMs = startLimitMs(path, options) ?? Number.POSITIVE_INFINITY;
    const transport = spawnBlockingWorker(place, limitMs);
    const { pid, ended } = transport;
    const channel = new BlockingClient(transport, maxBytes);
    // A running event loop may detect the end before a call does.
    void ended.then(() => channel.fail(transport.exitError()));
    return { channel, transport, pid, ended, kill: () => transport.kill() };
  };
  const load = (
    connection: BlockingConnection,
    path: string,
    accept?: (info: OpenedInfo) => void,
  ): OpenedInfo => {
    try {
      const info = hello(connection, path, options, accept);
      connection.transport.started();
      return info;
    } catch (error) {
      connection.channel.fail(error as FutharkError);
      connection.kill();
      throw error;
    }
  };
  const refuse = (error: FutharkError): BlockingClient => {
    const channel = new BlockingClient(NOWHERE, maxBytes);
    channel.fail(error);
    return channel;
  };
  const first = connect(module);
  const program = {
    ...{ name: module, info: load(first, module), restart, connect, refuse },
    load: (...args: Parameters<typeof load>): void => {
      try {
        load(...args);
      } catch {
        // Reported by the call that needs the worker.
      }
    },
  };
  const runner = new WorkerRunner<"blocking", BlockingConnection>(program, first);
  const runs: Runner<"blocking"> = {
    session: (args) => runner.session(args),
    worker: runner,
    close: (closing) => {
      checkCloseOptions(closing);
      if (runner.close()) close(module, runner, closing);
    },
  };
  return new FutharkModule(runs);
}

function close(
  module: string,
  runner: WorkerRunner<"blocking", BlockingConnection>,
  { timeoutMs }: CloseOptions,
): void {
  const { channel, transport } = runner.connection;
  runner.session().close();
  try {
    // A channel that failed has closed its pipes, and their numbers may be those of other files.
    if (timeoutMs !== undefined && channel.failure === undefined) transport.limit(timeoutMs);
    channel.request({ kind: CLOSE, write: () => {}, decode: () => undefined, limitMs: timeoutMs });
  } catch {
    // The worker has already ended.
  }
  channel.fail(new ValueStateError("freed", `the module ${module} was closed`));
  // So that its memory is free for the next one.
  transport.waitUntilGone();
}

const NOWHERE: BlockingTransport = {
  requests: -1,
  read: () => 0,
  pause: () => {},
  spinWait: { wait: () => {} },
  exitError: () => {
    return new WorkerExitError("there is no worker", NO_PROCESS);
  },
  close: () => {},
};
