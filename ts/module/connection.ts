import { Client, type Transport } from "../client/client.ts";
import type { Session } from "../client/session.ts";
import { TimeoutError, ValueStateError } from "../errors.ts";
import { CLOSE } from "../wire/messages.ts";
import { maxMessageBytes, type OpenOptions } from "./options.ts";
import type { Connection } from "./runner.ts";

/** A channel that answers by promises, to a process that may take its time to go. */
export interface AsyncConnection extends Connection {
  readonly channel: Client;
  gone(): Promise<void>;
}

/** Starts to talk over a transport. */
export function connectOver(transport: Transport, options: OpenOptions): AsyncConnection {
  const channel = new Client(transport, maxMessageBytes(options));
  return { channel, kill: () => transport.kill(), gone: () => transport.gone() };
}

/** Ends a session in order: what was called before is still done. */
export async function closeSession(
  module: string,
  session: Session,
  { channel, gone }: AsyncConnection,
): Promise<void> {
  session.lose("its module was closed");
  await session.allSent();
  const closed = channel.request(
    CLOSE,
    () => {},
    () => undefined,
  );
  // Where the other side is gone already, it is closed.
  await closed.catch(() => {});
  channel.fail(new ValueStateError("freed", `the module ${module} was closed`));
  await gone();
}

/** What limits an opening. */
export interface OpeningLimits {
  readonly signal?: AbortSignal | undefined;
  readonly limitMs?: number | undefined;
}

/**
 * Ends the connection when opening takes too long or is aborted, or fails.
 * @param what Is being opened, for messages: `open prog.fut`.
 */
export async function limited<T>(
  what: string,
  { signal, limitMs }: OpeningLimits,
  { channel, kill }: AsyncConnection,
  opening: Promise<T>,
): Promise<T> {
  const onAbort = (): void => channel.fail(abortedOpening(what, signal as AbortSignal));
  const onTime = (): void =>
    channel.fail(new TimeoutError(`${what}: took longer than ${limitMs} ms (startTimeoutMs)`));
  const timer = limitMs === undefined ? undefined : setTimeout(onTime, limitMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await opening;
  } catch (error) {
    kill();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

export function abortedOpening(what: string, signal: AbortSignal): TimeoutError {
  return new TimeoutError(`${what}: aborted`, { cause: signal.reason });
}
