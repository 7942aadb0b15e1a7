import type { WorkerInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Channel } from "../client/channel.ts";
import type { Request } from "../client/request.ts";
import { workers } from "../client/tracing.ts";
import { type FutharkError, fromJson } from "../errors.ts";
import { memoryProbe } from "../memory/probe.ts";
import { HELLO, PROTOCOL_VERSION } from "../wire/messages.ts";
import type { WorkerFacts } from "../worker/process.ts";
import { type OpenOptions, sharesMemory } from "./options.ts";

/** A channel to a worker, or to another process that runs the program. */
export interface Connection<M extends Manner = Manner> {
  readonly channel: Channel<M> & {
    fail(error: FutharkError): void;
    beforeFlush: (() => void) | undefined;
    onFail: ((error: FutharkError) => FutharkError) | undefined;
  };
  kill(): void;
}

/** A channel to a worker of our own. */
export interface WorkerConnection<M extends Manner = Manner> extends Connection<M> {
  readonly pid: number;
  /** Resolves when the worker has ended. */
  readonly ended: Promise<WorkerFacts>;
}

/** What a worker of our own replies to HELLO. */
export interface OpenedInfo extends WorkerInfo {
  /** The module's file, and what tells it from a later one of that name. */
  readonly loaded: { readonly path: string; readonly stamp: string };
}

/**
 * Says which program to load; everything after it can be sent at once.
 * @param accept Looks at the reply before anything else is used.
 */
export function hello<M extends Manner>(
  { channel, pid }: WorkerConnection<M>,
  module: string,
  options: OpenOptions,
  accept: (info: OpenedInfo) => void = () => {},
): Answer<M, OpenedInfo> {
  const {
    python: _,
    pythonFolder: _f,
    cwd: __,
    env: ___,
    signal: ____,
    restart: _____,
    output: ______,
    ...rest
  } = options;
  const request = helloRequest({ module, options: rest }, options, accept);
  const ask = (): Answer<M, OpenedInfo> => channel.request(request);
  return workers.on ? workers.trace({ module, pid }, ask) : ask();
}

/** The first request on a connection. */
export function helloRequest<Info extends WorkerInfo>(
  said: object,
  options: OpenOptions,
  accept: (info: Info) => void = () => {},
): Request<Info> {
  const memory = sharesMemory(options) ? memoryProbe() : null;
  const json = JSON.stringify({ protocol: PROTOCOL_VERSION, ...said, memory });
  return {
    kind: HELLO,
    write: (body) => body.bytes(new TextEncoder().encode(json)),
    decode: (reply) => {
      const info = fromJson<Info>(reply.text(), "the program");
      // Now: the replies to requests that were sent behind may be here already.
      accept(info);
      return info;
    },
  };
}
