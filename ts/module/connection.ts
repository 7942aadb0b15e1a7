import { Client } from "../client/client.ts";
import type { Session } from "../client/session.ts";
import type { Transport } from "../client/transport.ts";
import { type FutharkError, TimeoutError, ValueStateError } from "../errors.ts";
import { CLOSE } from "../wire/messages.ts";
import { within } from "../worker/within.ts";
import type { Connection } from "./hello.ts";
import { aborted, onAbort } from "./on-abort.ts";
import { maxMessageBytes, type OpenOptions } from "./options.ts";
import { startTimer } from "./timer.ts";

/** An asynchronous channel to a process that may take time to exit. */
export interface AsyncConnection extends Connection<"promise"> {
  readonly channel: Client;
  gone(): Promise<void>;
}

/** Opens a channel over a transport. */
export function connectOver(transport: Transport, options: OpenOptions): AsyncConnection {
  const channel = new Client(transport, maxMessageBytes(options));
  return { channel, kill: () => transport.kill(), gone: () => transport.gone() };
}

/** Returns a channel that rejects all requests with `error`. */
export function refuse(error: FutharkError): Client {
  const channel = new Client(NOWHERE, 0);
  channel.fail(error);
  return channel;
}

const NOWHERE: Transport = {
  write: () => {},
  hold: () => {},
  listen: () => {},
  whenGone: (run) => run(false),
  kill: () => {},
  gone: async () => {},
  look: undefined,
  queuedBytes: 0,
};

/** Returns why a module that was closed with a limit ends what still runs. */
export function lateClose(module: string, { channel }: AsyncConnection, timeoutMs: number): string {
  return `the module ${module} was closed, and ${channel.running ?? "a call"} took longer than ${timeoutMs} ms`;
}

/**
 * Closes a session after its pending calls have finished.
 * @param goingMs How long the other side may take to end.
 */
export async function closeSession(
  module: string,
  session: Session<"promise">,
  { channel, gone, kill }: AsyncConnection,
  goingMs: number = GOING_MS,
): Promise<void> {
  session.close();
  await session.allSent();
  const closed = channel.request({ kind: CLOSE, write: () => {}, decode: () => undefined });
  // The other side may have ended already.
  await closed.catch(() => {});
  channel.fail(new ValueStateError("freed", `the module ${module} was closed`));
  const going = gone();
  if (!(await within(goingMs, (done) => void going.then(done)))) kill();
  await going;
}

/** Limits for opening a connection. */
export interface OpeningLimits {
  readonly signal?: AbortSignal | undefined;
  readonly limitMs?: number | undefined;
}

/**
 * Waits for opening, and ends the connection if that fails, is aborted, or takes too long.
 * @param what Name of the operation, for messages: `open prog.fut`.
 */
export async function limited<T>(
  what: string,
  { signal, limitMs }: OpeningLimits,
  { channel, kill, gone }: AsyncConnection,
  opening: Promise<T>,
): Promise<T> {
  const onTime = (): void =>
    channel.fail(new TimeoutError(`${what}: took longer than ${limitMs} ms (startTimeoutMs)`));
  const stopTimer = limitMs === undefined ? undefined : startTimer(limitMs, onTime);
  const unwatch = signal && onAbort(signal, () => channel.fail(aborted(what, signal)));
  try {
    return await opening;
  } catch (error) {
    // Fail the requests that were sent behind, too.
    channel.fail(error as FutharkError);
    kill();
    await gone();
    throw error;
  } finally {
    stopTimer?.();
    unwatch?.();
  }
}

/** Milliseconds that a closed worker may take to free its values and exit. */
const GOING_MS = 10_000;
