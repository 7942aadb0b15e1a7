import { ELEMTYPES, type Elemtype } from "../elemtypes.ts";
import { SMALL_BYTES } from "./messages.ts";

/** Whether an array of `count` elements goes as its sizes and elements, without a message of Arrow's. */
export function isSmall(elemtype: Elemtype, count: number): boolean {
  return count * ELEMTYPES[elemtype].bytes <= SMALL_BYTES;
}
