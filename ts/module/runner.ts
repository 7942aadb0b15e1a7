import type { Channel } from "../client/channel.ts";
import type { WorkerInfo } from "../client/program-info.ts";
import { Session } from "../client/session.ts";
import { type FutharkError, fromJson } from "../errors.ts";
import { memoryProbe } from "../memory/probe.ts";
import { makeHandle } from "../values/make-handle.ts";
import { HELLO, PROTOCOL_VERSION } from "../wire/messages.ts";
import { type OpenOptions, sharesMemory } from "./options.ts";

/** A channel to a worker of our own. */
export interface Connection {
  readonly channel: Channel & {
    fail(error: FutharkError): void;
    beforeFlush: (() => void) | undefined;
  };
  kill(): void;
}

/** Says which program to load; everything after it can be sent at once. */
export function hello(
  { channel }: Connection,
  module: string,
  options: OpenOptions,
): Promise<WorkerInfo> {
  const { python: _, cwd: __, env: ___, signal: ____, ...rest } = options;
  const memory = sharesMemory(options) ? memoryProbe() : null;
  const request = { protocol: PROTOCOL_VERSION, module, options: rest, memory };
  return channel.request(
    HELLO,
    (body) => body.bytes(new TextEncoder().encode(JSON.stringify(request))),
    (reply) => fromJson<WorkerInfo>(reply.text(), "the program"),
  );
}

/** A worker's session, and the means to start over when its worker has to be ended. */
export class WorkerRunner<C extends Connection> {
  readonly #info: WorkerInfo;
  readonly #connect: () => C;
  #connection: C;
  #session: Session;

  /** @param connect Starts another worker and says HELLO to it. */
  constructor(first: C, info: WorkerInfo, connect: () => C) {
    this.#connect = connect;
    this.#connection = first;
    this.#info = info;
    this.#session = this.#newSession();
  }

  session(): Session {
    return this.#session;
  }

  get connection(): C {
    return this.#connection;
  }

  /** Ends the worker; what is pending is rejected with `error`. */
  stop(error: FutharkError): void {
    this.#connection.channel.fail(error);
    this.#connection.kill();
    this.#session.lose(error.message);
  }

  /** As {@link stop}, and starts another worker. */
  restart(error: FutharkError): void {
    this.stop(error);
    this.#connection = this.#connect();
    this.#session = this.#newSession();
  }

  #newSession(): Session {
    const { channel } = this.#connection;
    const session = new Session(channel, this.#info, makeHandle);
    channel.beforeFlush = () => session.beforeFlush();
    return session;
  }
}
