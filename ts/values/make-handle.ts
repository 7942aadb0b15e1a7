import type { MakeHandle } from "../client/session.ts";
import { FutharkArray } from "./array.ts";
import { FutharkOpaque } from "./opaque.ts";
import { FutharkOpaqueArray } from "./opaque-array.ts";
import { FutharkRecord } from "./record.ts";
import { FutharkSum } from "./sum.ts";

/** Makes a handle of the class for the type of a value. */
export const makeHandle: MakeHandle = (session, slot, shape) => {
  switch (slot.type.kind) {
    case "array":
      return new FutharkArray(session, slot, shape);
    case "record":
      return new FutharkRecord(session, slot);
    case "sum":
      return new FutharkSum(session, slot);
    case "record_array":
    case "opaque_array":
      return new FutharkOpaqueArray(session, slot, shape);
    case "opaque":
      return new FutharkOpaque(session, slot);
  }
};
