import { workerPlace } from "../worker/child.ts";
import { spawnWorker } from "../worker/process.ts";
import { limitedCall } from "./call-limits.ts";
import { closeWorker, type OwnConnection } from "./close-worker.ts";
import { connectOver, limited, refuse } from "./connection.ts";
import { hello } from "./hello.ts";
import { FutharkModule, type Runner } from "./module.ts";
import { aborted } from "./on-abort.ts";
import { checkOptions, type OpenOptions, startLimitMs } from "./options.ts";
import { pathOf } from "./program-path.ts";
import { WorkerRunner } from "./worker-restart.ts";

/**
 * Loads a Futhark program in its own worker.
 * @param program An import name (`hastl._stl_c`), or a path or `file:` URL (`new URL("./x.fut",
 *   import.meta.url)`) of a CFFI module (`….so`), its stem (`build/dct` or `build/_dct`), its
 *   manifest (`build/dct.json`), or a `.fut` file, which is compiled on first use and cached by
 *   content.
 * @throws {BuildError} If the module cannot be found, compiled, built or loaded.
 * @throws {ArgumentError} If an option or tuning parameter is unknown or invalid.
 * @throws {TimeoutError | AbortError} If loading takes too long or is aborted.
 */
export async function open(program: string | URL, given: OpenOptions = {}): Promise<FutharkModule> {
  return await openModule(program, checkOptions(given));
}

/**
 * Loads a program like {@link open}.
 * @param options Validated options.
 * @param maxEarlyDeaths How many early deaths of workers in a row keep the module down.
 */
export async function openModule(
  program: string | URL,
  options: OpenOptions,
  maxEarlyDeaths?: number,
): Promise<FutharkModule> {
  const module = pathOf(program, "open: expected the name or path of a module");
  const { signal, restart = true } = options;
  const what = `open ${module}`;
  if (signal?.aborted) throw aborted(what, signal);
  const place = workerPlace(options);
  const connect = (): OwnConnection => {
    const transport = spawnWorker(place);
    return { ...connectOver(transport, options), pid: transport.pid, ended: transport.ended };
  };
  const first = connect();
  const limits = { signal, limitMs: startLimitMs(module, options) };
  const info = await limited(what, limits, first, hello(first, module, options));
  const workers = {
    ...{ name: module, info, restart, connect, refuse },
    ...(maxEarlyDeaths === undefined ? {} : { maxEarlyDeaths }),
    load: (next: OwnConnection, path: string, accept: Parameters<typeof hello>[3]): void => {
      const limitMs = startLimitMs(path, options);
      // Calls made while it loads are queued, and report its failure.
      limited(what, { limitMs }, next, hello(next, path, options, accept)).catch(() => {});
    },
  };
  const runner = new WorkerRunner<"promise", OwnConnection>(workers, first);
  const runs: Runner<"promise"> = {
    session: (args) => runner.session(args),
    worker: runner,
    limited: limitedCall,
    close: (closing) => closeWorker(runner, module, closing),
  };
  return new FutharkModule(runs);
}
