// The part of pythonia in use: its proxies, which collect the attribute path of a call.
//
// pythonia's own bridge is not used. On import, pythonia starts a Python process and exchanges JSON
// with it: NaN crashes Node, bytes crash Python, a process that dies leaves its calls pending, and
// its timers keep Node running. Only its class `Bridge` is therefore loaded, and the requests of
// its proxies are sent over our own connection.

import { BuildError } from "../errors.ts";
import { requireInstalled } from "../installed.ts";

/** The only supported version, because this module depends on internals. */
export const PYTHONIA_VERSION = "1.2.6";

/** An attribute name or an index. */
export type Key = string | number;

/** The requests of a proxy, with the id of the object and the attribute path from it. */
export interface ObjectRequests {
  /** `await object.path`; resolves to `undefined` on failure if `quiet`: the path ended in `$`. */
  get(object: number, path: Key[], args: unknown[], quiet: boolean): Promise<unknown>;
  /** `object.path(...)`; if `set`, `object.path = value`, with the name and value in `args`. */
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

/** The used part of pythonia's bridge, which calls its {@link ObjectRequests} methods by name. */
export interface PythoniaBridge extends ObjectRequests {
  /** Stops the timer. */
  end(): void;
  /** Creates a proxy; `text` is its representation when logged. */
  makePyObject(object: number, text: string): object;
}

type BridgeClass = new (com: { register(event: string, take: unknown): void }) => PythoniaBridge;

/**
 * Returns a pythonia bridge that makes its requests through `requests`.
 * @throws {BuildError} pythonia is not installed, or its version is unsupported.
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
