import { got } from "../arguments/got.ts";
import { Client } from "../client/client.ts";
import { ArgumentError, TimeoutError, ValueStateError } from "../errors.ts";
import { CLOSE } from "../wire/messages.ts";
import { spawnWorker } from "../worker/process.ts";
import { FutharkModule } from "./module.ts";
import { checkOptions, maxMessageBytes, type OpenOptions, startLimitMs } from "./options.ts";
import { type Connection, hello, WorkerRunner } from "./runner.ts";

/**
 * Loads a Futhark program in a worker of its own.
 * @param module An import name (`hastl._stl_c`); a path to a CFFI module (`….so`), its stem
 *   (`build/dct` or `build/_dct`) or its manifest (`build/dct.json`); or a `.fut` file, which is
 *   compiled and built on first use and cached by content.
 * @throws {BuildError} The module cannot be found, compiled, built or loaded.
 * @throws {ArgumentError} An unknown option or tuning parameter, or one of the wrong kind.
 */
export async function open(module: string, options: OpenOptions = {}): Promise<FutharkModule> {
  if (typeof module !== "string" || module === "") {
    throw new ArgumentError(`open: expected the name or path of a module, got ${got(module)}`);
  }
  checkOptions(options);
  const { signal } = options;
  if (signal?.aborted) throw abortedOpen(module, signal);
  const first = connect(options);
  const info = await limited(module, options, first, hello(first, module, options));
  const runner = new WorkerRunner(first, info, () => {
    const next = connect(options);
    // Calls made meanwhile queue behind HELLO; should it fail, so do they.
    hello(next, module, options).catch((error) => next.channel.fail(error));
    return next;
  });
  let closing: Promise<void> | undefined;
  return new FutharkModule({
    session: () => runner.session(),
    restart: (error) => {
      if (closing === undefined) runner.restart(error);
    },
    close: () => {
      closing ??= close(module, runner);
      return closing;
    },
  });
}

interface AsyncConnection extends Connection {
  readonly channel: Client;
  gone(): Promise<void>;
}

function connect(options: OpenOptions): AsyncConnection {
  const transport = spawnWorker(options);
  const channel = new Client(transport, maxMessageBytes(options));
  return { channel, kill: () => transport.kill(), gone: () => transport.gone() };
}

async function close(module: string, runner: WorkerRunner<AsyncConnection>): Promise<void> {
  const { channel, gone } = runner.connection;
  const closed = channel.request(
    CLOSE,
    () => {},
    () => undefined,
  );
  runner.session().lose("its module was closed");
  // A worker that is gone already is closed.
  await closed.catch(() => {});
  channel.fail(new ValueStateError("freed", `the module ${module} was closed`));
  await gone();
}

/** Ends the worker when loading takes too long or is aborted, or fails. */
async function limited<T>(
  module: string,
  options: OpenOptions,
  { channel, kill }: AsyncConnection,
  loading: Promise<T>,
): Promise<T> {
  const { signal } = options;
  const limit = startLimitMs(module, options);
  const onAbort = (): void => channel.fail(abortedOpen(module, signal as AbortSignal));
  const onTime = (): void =>
    channel.fail(new TimeoutError(`open ${module}: took longer than ${limit} ms (startTimeoutMs)`));
  const timer = limit === undefined ? undefined : setTimeout(onTime, limit);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await loading;
  } catch (error) {
    kill();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function abortedOpen(module: string, signal: AbortSignal): TimeoutError {
  return new TimeoutError(`open ${module}: aborted`, { cause: signal.reason });
}
