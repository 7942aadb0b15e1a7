import type { WorkerInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Channel } from "../client/channel.ts";
import type { Request } from "../client/request.ts";
import { workers } from "../client/tracing.ts";
import type { FutharkError } from "../errors.ts";
import { memoryProbe } from "../memory/probe.ts";
import { HELLO, PROTOCOL_VERSION } from "../wire/messages.ts";
import { fromJson } from "../wire/replies.ts";
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

/** A channel to a worker that we started. */
export interface WorkerConnection<M extends Manner = Manner> extends Connection<M> {
  readonly pid: number;
  /** Resolves when the worker has ended. */
  readonly ended: Promise<WorkerFacts>;
}

/** The reply to HELLO of a worker that we started. */
export interface OpenedInfo extends WorkerInfo {
  /** The file of the module, and a stamp that changes when the file does. */
  readonly loaded: { readonly path: string; readonly stamp: string };
}

/**
 * Requests to load a program; further requests can be sent without waiting for the reply.
 * @param accept Called with the reply before it is used anywhere else.
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

/** Returns the first request on a connection. */
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
      const info = fromJson<Info>(reply.text(), "the description of the program");
      // Called synchronously, because replies to subsequent requests may have arrived already.
      accept(info);
      return info;
    },
  };
}
