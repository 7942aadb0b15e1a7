import type { WorkerInfo } from "../bindings/program-info.ts";
import { Session } from "../client/session.ts";
import { NO_PROCESS, WorkerExitError } from "../errors.ts";
import { makeHandle } from "../values/make-handle.ts";
import { SHARED } from "../wire/messages.ts";
import { attachSocket } from "../worker/attach-socket.ts";
import { limitedCall } from "./call-limits.ts";
import { type CloseOptions, checkCloseOptions } from "./close-options.ts";
import {
  type AsyncConnection,
  closeSession,
  connectOver,
  lateClose,
  limited,
} from "./connection.ts";
import { type ConnectionFile, readConnectionFile } from "./connection-file.ts";
import { helloRequest } from "./hello.ts";
import { FutharkModule, type Runner } from "./module.ts";
import { unknownNameThrows } from "./names.ts";
import { aborted } from "./on-abort.ts";
import { checkOptions, maxMessageBytes, type OpenOptions, startLimitMs } from "./options.ts";
import { pathOf } from "./program-path.ts";
import { startTimer } from "./timer.ts";

/** Options for attaching to a module. */
export type AttachOptions = Pick<
  OpenOptions,
  "sharedMemory" | "maxMessageBytes" | "startTimeoutMs" | "signal"
>;

// biome-ignore lint/suspicious/noExplicitAny: known only at run time
type Untyped = any;

/** A program that runs in another process, for example in a notebook. */
export class AttachedModule<
  Entries = Untyped,
  Types = Untyped,
  Shared = Untyped,
> extends FutharkModule<Entries, Types> {
  /**
   * Handles of the values that the other process shares, by name. They are not copies: consuming
   * one here consumes it there too, whereas `free` releases it only here.
   */
  readonly shared: Shared;

  /** @internal */
  constructor(runner: Runner<"promise">, shared: Shared) {
    super(runner);
    this.shared = shared;
  }
}

/** A value shared by the other process. */
interface SharedInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly state: "live" | "freed" | "consumed";
}

interface AttachedInfo extends WorkerInfo {
  readonly shared: readonly SharedInfo[];
}

/**
 * Connects to the program and values that a Python process shares with
 * `futhark_bridge.share(module, x=x)`. Both processes can make calls, which run one at a time.
 * Closing the module only disconnects: values made here are freed, the other process is unaffected.
 * When that process ends, all pending calls are rejected with a `WorkerExitError`.
 * @param path Path of the connection file, from `share(...).path`.
 * @throws {ArgumentError} If the file does not exist, is invalid, or holds an old secret.
 * @throws {WorkerExitError} If the process has ended or no longer shares the program.
 */
export async function attach(
  path: string | URL,
  given: AttachOptions = {},
): Promise<AttachedModule> {
  const connectionFile = pathOf(path, "attach: expected the path of a connection file");
  const options = checkOptions(given, "attach", OPTIONS);
  const what = `attach ${connectionFile}`;
  const { signal } = options;
  if (signal?.aborted) throw aborted(what, signal);
  const file = await readConnectionFile(connectionFile);
  const connection = connectOver(attachSocket(file), options);
  const limits = { signal, limitMs: startLimitMs(connectionFile, options) };
  const info = await limited(what, limits, connection, introduce(connection, file, options));
  const session = new Session(connection.channel, info, makeHandle);
  connection.channel.beforeFlush = () => session.beforeFlush();
  let closing: Promise<void> | undefined;
  const runner = {
    session: () => session,
    limited: limitedCall,
    close: async (options: CloseOptions) => {
      checkCloseOptions(options);
      const stopTimer = limitClose(file.program, connection, options);
      try {
        closing ??= closeSession(file.program, session, connection);
        await closing;
      } finally {
        stopTimer?.();
      }
    },
  };
  const shared: Record<string, object> = Object.create(null);
  for (const each of info.shared) shared[each.name] = bind(session, each);
  return new AttachedModule(runner, unknownNameThrows(shared, "shared value"));
}

/** Fails calls that exceed the limit for closing; they continue in the other process. */
function limitClose(
  program: string,
  connection: AsyncConnection,
  { timeoutMs }: CloseOptions,
): (() => void) | undefined {
  if (timeoutMs === undefined) return undefined;
  return startTimer(timeoutMs, () => {
    const message = `${lateClose(program, connection, timeoutMs)}; it continues in the attached process`;
    connection.channel.fail(new WorkerExitError(message, NO_PROCESS));
  });
}

/** Assigns a slot and a handle to a shared value. */
function bind(session: Session, { name, type, shape, state }: SharedInfo): object {
  const slot = session.allocate(session.catalog.type(type) as Exclude<TypeOf, string>);
  if (state !== "live") {
    slot.state = state;
    slot.reason = "the process that shares it";
  }
  session.channel.post(SHARED, (body) => {
    body.u32(slot.id);
    body.bytes(new TextEncoder().encode(name));
  });
  return session.handle(slot, shape);
}

type TypeOf = ReturnType<Session["catalog"]["type"]>;

function introduce(
  { channel }: AsyncConnection,
  { secret }: ConnectionFile,
  options: AttachOptions,
): Promise<AttachedInfo> {
  const said = { secret, maxMessageBytes: maxMessageBytes(options) };
  return channel.request(helloRequest<AttachedInfo>(said, options));
}

const OPTIONS = ["sharedMemory", "maxMessageBytes", "startTimeoutMs", "signal"] as const;
