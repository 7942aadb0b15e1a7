// What we use of pythonia: its proxies, which gather the path of attributes that lead to a call.
//
// Its own bridge stays asleep. By itself pythonia starts a Python process on import and speaks
// JSON with it, where NaN ends Node, bytes end Python, and a process that dies leaves its calls
// pending; its timers keep Node alive. So only its class `Bridge` is loaded, and each request
// that its proxies make goes over a connection of ours.

import { BuildError } from "../errors.ts";
import { requireInstalled } from "../installed.ts";

/** The one version whose inner workings are known here. */
export const PYTHONIA_VERSION = "1.2.6";

/** An attribute's name, or an index. */
export type Key = string | number;

/** The requests that a proxy makes, with the object's number and the path from there. */
export interface ObjectRequests {
  /** `await object.path`; a failure is `undefined` where the path ended in `$`. */
  get(object: number, path: Key[], args: unknown[], quiet: boolean): Promise<unknown>;
  /** `object.path(...)`, or `object.path = value` where `set`: the name and the value are arguments then. */
  call(
    object: number,
    path: Key[],
    args: unknown[],
    kwargs: Record<string, unknown> | undefined,
    set?: boolean,
    timeoutMs?: number,
  ): Promise<unknown>;
  /** `object.path.valueOf()`. */
  value(object: number, path: Key[]): Promise<unknown>;
  /** `object.path.length`. */
  len(object: number, path: Key[]): Promise<number>;
  /** `object.path.toString()`. */
  inspect(object: number, path: Key[]): Promise<string>;
}

/** The part of pythonia's bridge that is used: it calls its own {@link ObjectRequests}, by name. */
export interface PythoniaBridge extends ObjectRequests {
  /** Stops its timer. */
  end(): void;
  /** Makes a proxy; `text` is what it is logged as. */
  makePyObject(object: number, text: string): object;
}

type BridgeClass = new (com: { register(event: string, take: unknown): void }) => PythoniaBridge;

/**
 * A bridge of pythonia's that makes requests of ours.
 * @throws {BuildError} pythonia is not installed, or is of another version.
 */
export function pythoniaBridge(requests: ObjectRequests): PythoniaBridge {
  const Bridge = load();
  const bridge = new Bridge({ register: () => {} });
  bridge.end();
  return Object.assign(bridge, requests);
}

function load(): BridgeClass {
  const hint = `install it beside futhark-bridge: npm install --save-exact pythonia@${PYTHONIA_VERSION}`;
  let version: unknown;
  try {
    version = (requireInstalled("pythonia/package.json") as { version: unknown }).version;
  } catch (cause) {
    throw new BuildError(`fut.python needs the package pythonia: ${hint}`, { cause });
  }
  if (version !== PYTHONIA_VERSION) {
    throw new BuildError(
      `fut.python needs pythonia ${PYTHONIA_VERSION}, found ${version}: ${hint}`,
    );
  }
  return (requireInstalled("pythonia/src/pythonia/Bridge.js") as { Bridge: BridgeClass }).Bridge;
}
