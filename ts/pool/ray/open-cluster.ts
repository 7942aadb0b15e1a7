import type { OwnConnection } from "../../module/close-worker.ts";
import { connectOver, limited, type OpeningLimits } from "../../module/connection.ts";
import { helloRequest } from "../../module/hello.ts";
import { aborted } from "../../module/on-abort.ts";
import { maxMessageBytes, type OpenOptions } from "../../module/options.ts";
import { pathOf } from "../../module/program-path.ts";
import { workerPlace } from "../../worker/child.ts";
import { CLUSTER_DRIVER, spawnWorker } from "../../worker/process.ts";
import { type ClusterInfo, checkSameProgram } from "./cluster-info.ts";
import { type ClusterOptions, demandOf } from "./cluster-options.ts";
import { ClusterWorkers } from "./cluster-workers.ts";
import type { Opening } from "./drivers.ts";

/** Starts a driver, and actors that load a program. */
export async function openCluster(
  program: string | URL,
  options: OpenOptions,
  cluster: ClusterOptions,
): Promise<ClusterWorkers> {
  const module = pathOf(program, "openPool: expected the name or path of a module");
  const demand = demandOf(cluster);
  const { signal, startTimeoutMs = DEFAULT_START_MS } = options;
  const what = `openPool ${module}`;
  if (signal?.aborted) throw aborted(what, signal);
  const place = workerPlace(options);
  const { python: _, pythonFolder: _f, env: _e, signal: _s, output: _o, ...rest } = options;
  const said = {
    module,
    options: rest,
    cluster: { ...demand, start_seconds: startTimeoutMs / 1000 },
  };
  const start = (limits: OpeningLimits, check: (info: ClusterInfo) => void): Opening => {
    const transport = spawnWorker(place, CLUSTER_DRIVER);
    const connection: OwnConnection = {
      ...connectOver(transport, options),
      pid: transport.pid,
      ended: transport.ended,
    };
    const answer = connection.channel.request(helloRequest(said, options, check));
    return { connection, info: limited(what, limits, connection, answer) };
  };
  // The driver keeps the limit itself, and leaves nothing behind; this one is for a driver that
  // hangs.
  const limitMs = startTimeoutMs + GRACE_MS;
  const first = start({ signal, limitMs }, () => {});
  const info = await first.info;
  const another = (): Opening => start({ limitMs }, (next) => checkSameProgram(module, info, next));
  const limits = {
    inFlight: demand.in_flight,
    retries: demand.retries,
    maxMessageBytes: maxMessageBytes(options),
  };
  return new ClusterWorkers(first.connection, info, limits, another);
}

/** Starting a cluster takes about 10 s, and each actor's process some. */
const DEFAULT_START_MS = 120_000;
const GRACE_MS = 60_000;
