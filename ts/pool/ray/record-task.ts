import { lower } from "../../arguments/lower.ts";
import type { EntryPointInfo } from "../../bindings/program-info.ts";
import type { Operation } from "../../client/operation.ts";
import type { Session } from "../../client/session.ts";
import type { Slot } from "../../client/slot.ts";
import { announce } from "../../transfer/slabs.ts";
import { TASK } from "../../wire/messages.ts";
import { copyArguments, READS } from "../arguments.ts";
import { ClusterInput } from "../input.ts";
import type { ClusterTask } from "./cluster-queue.ts";
import type { SharedInputs } from "./shared-inputs.ts";
import type { TaskChannel } from "./task-channel.ts";

/** What tasks are made of. */
export interface TaskContext {
  readonly session: Session<"promise">;
  readonly channel: TaskChannel;
  readonly inputs: SharedInputs;
  /** Called after each time that a task was sent. */
  sent(number: number, last: Operation): void;
}

/** Entry points that are called one after another. */
export interface Chain {
  readonly points: readonly EntryPointInfo[];
  readonly operations: readonly Operation[];
}

/** Checks and writes the arguments of a task now, as the caller may change them later. */
export function recordTask(
  { session, channel, inputs, sent }: TaskContext,
  what: string,
  { points, operations }: Chain,
  args: readonly unknown[],
): ClusterTask {
  const [first] = operations as [Operation];
  const slots = new Set<Slot>();
  const given = copyArguments(args, points[0] as EntryPointInfo, {
    ...READS,
    input: (value, where) => {
      const input = READS.input(value, where);
      if (input instanceof ClusterInput) slots.add(input.slot);
      return input;
    },
  });
  const { frames, parts, release } = channel.record(
    () => {
      const { operands, temporaries } = lower(session, first, given);
      session.invoke(first, operands, temporaries);
    },
    (made) => {
      for (const slot of made) slot.free();
      // A parameter that consumes its argument gets a copy of a shared one.
      for (const slot of slots) if (slot.state === "consumed") slot.state = "live";
    },
  );
  const header = {
    chain: operations.map(({ index }) => index),
    parts: parts.map(([slab, start, bytes]) => [slab.id, start, bytes]),
    shared: [...slots].map(({ id }) => id),
  };
  inputs.use(slots);
  // The memory stays as it is until the outcome is known, as the task may be sent again, and until
  // no driver reads it.
  let ended = false;
  let readers = 0;
  let reachable = false;
  const settle = (): void => {
    if (ended && readers === 0) release(reachable);
  };
  return {
    what,
    send: (number, retries) => {
      const json = new TextEncoder().encode(JSON.stringify({ task: number, retries, ...header }));
      for (const [slab] of parts) announce(session, slab);
      channel.post(TASK, (body) => {
        body.u32(json.byteLength);
        body.bytes(json);
        body.bytes(frames);
      });
      if (parts.length > 0) {
        readers++;
        channel.afterNext((still) => {
          readers--;
          reachable ||= still;
          settle();
        });
        channel.acknowledge();
      }
      sent(number, operations.at(-1) as Operation);
    },
    end: () => {
      ended = true;
      inputs.unuse(slots);
      settle();
    },
  };
}
