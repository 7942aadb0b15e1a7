import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Slot } from "../client/slot.ts";
import { transfers } from "../client/tracing.ts";
import { ELEMTYPES } from "../elemtypes.ts";
import { elementCount } from "../nd-array/shape.ts";

/** Runs `read`, which copies or shares an array out of Futhark, and traces it if enabled. */
export function tracedOut<A>({ type }: Slot, shape: readonly number[], read: () => A): A {
  if (!transfers.on) return read();
  const { bytes } = ELEMTYPES[(type as ArrayTypeInfo).elemtype];
  const trace = { direction: "out", type: type.name, bytes: bytes * elementCount(shape) } as const;
  return transfers.trace(trace, read);
}
