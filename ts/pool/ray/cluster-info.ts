import type { WorkerInfo } from "../../bindings/program-info.ts";
import { BuildError } from "../../errors.ts";

/** What a driver says of the program, and of the cluster. */
export interface ClusterInfo extends WorkerInfo {
  readonly actors: number;
  /** The file of the module on the nodes, and the hash of all that travels to them. */
  readonly loaded: { readonly path: string; readonly stamp: string };
}

/** @throws {BuildError} A driver that replaces another one has packed another program. */
export function checkSameProgram(module: string, first: ClusterInfo, next: ClusterInfo): void {
  if (first.loaded.stamp === next.loaded.stamp) return;
  throw new BuildError(
    `${module}: the program or this package has changed since the pool was opened, and the driver has exited: open the pool again`,
  );
}
