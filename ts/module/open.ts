import { got } from "../arguments/got.ts";
import { ArgumentError } from "../errors.ts";
import { spawnWorker } from "../worker/process.ts";
import {
  type AsyncConnection,
  abortedOpening,
  closeSession,
  connectOver,
  limited,
} from "./connection.ts";
import { FutharkModule } from "./module.ts";
import { checkOptions, type OpenOptions, startLimitMs } from "./options.ts";
import { hello, WorkerRunner } from "./runner.ts";

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
  const what = `open ${module}`;
  if (signal?.aborted) throw abortedOpening(what, signal);
  const connect = (): AsyncConnection => connectOver(spawnWorker(options), options);
  const first = connect();
  const limits = { signal, limitMs: startLimitMs(module, options) };
  const info = await limited(what, limits, first, hello(first, module, options));
  const runner = new WorkerRunner(first, info, () => {
    const next = connect();
    // Calls made meanwhile queue behind HELLO; should it fail, so do they.
    hello(next, module, options).catch((error) => {
      next.channel.fail(error);
      next.kill();
    });
    return next;
  });
  let closing: Promise<void> | undefined;
  return new FutharkModule({
    session: () => runner.session(),
    restart: (error) => {
      if (closing === undefined) runner.restart(error);
      else runner.stop(error);
    },
    close: () => {
      closing ??= closeSession(module, runner.session(), runner.connection);
      return closing;
    },
  });
}
