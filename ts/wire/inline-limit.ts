import { ELEMTYPES, type Elemtype } from "../elemtypes.ts";
import { SMALL_BYTES } from "./messages.ts";

/** Whether an array of `count` elements is sent as sizes and elements, without an Arrow message. */
export function isSmall(elemtype: Elemtype, count: number): boolean {
  return count * ELEMTYPES[elemtype].bytes <= SMALL_BYTES;
}
