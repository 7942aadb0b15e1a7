import { got } from "../arguments/describe.ts";
import { attemptWith } from "../arguments/mark-handled.ts";
import type { TypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { attempt } from "../client/channel.ts";
import type { Session } from "../client/session.ts";
import { hasSlots } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { readPending } from "../transfer/pending-array.ts";
import { Handle } from "../values/handle.ts";
import { copyOut } from "../values/plain.ts";

/**
 * Copies values out of Futhark: one handle yields its data, several yield an array of them. A
 * pending call may be passed in place of its handle.
 * @throws {ArgumentError} If a value is neither; by rejection if the channel is asynchronous.
 */
export function copyValues<M extends Manner>(
  session: Session<M>,
  handles: readonly unknown[],
): Answer<M, unknown> {
  const { channel } = session;
  return attemptWith(channel, handles, (): Answer<M, unknown> => {
    const wrong = handles.findIndex(
      (handle) => !(handle instanceof Handle || (handle instanceof Promise && hasSlots(handle))),
    );
    if (wrong >= 0) {
      throw new ArgumentError(
        `fromFuthark argument ${wrong + 1}: expected a handle, got ${got(handles[wrong])}`,
      );
    }
    const copies = handles.map((handle, i) =>
      // Turn an exception into a rejection, so that failures of the other copies are handled too.
      attempt(channel, () =>
        handle instanceof Promise
          ? copyPending(session, handle, `fromFuthark argument ${i + 1}`)
          : (copyOut(handle as OwnHandle<M>) ?? channel.known(handle)),
      ),
    );
    const [first] = copies;
    return copies.length === 1 && first !== undefined ? first : channel.all(copies);
  });
}

type OwnHandle<M extends Manner> = Handle<TypeInfo, string, M>;

/** Copies out the result of a pending call. */
function copyPending<M extends Manner>(
  session: Session<M>,
  pending: Promise<unknown>,
  where: string,
): Answer<M, unknown> {
  const { channel } = session;
  const array = readPending(session, pending, where);
  if (array !== undefined) return array;
  return channel.later(
    where,
    () => pending,
    (result) => {
      if (result instanceof Handle) return copyOut<M>(result) ?? channel.known(result);
      throw new ArgumentError(`${where}: expected a handle, got ${got(result)}`);
    },
  );
}
