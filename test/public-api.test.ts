import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "../ts/index.ts";

test("the package exports just this", () => {
  assert.deepEqual(Object.keys(api).sort(), [
    "ArgumentError",
    "BorrowedArray",
    "BuildError",
    "FutharkArray",
    "FutharkError",
    "FutharkOpaque",
    "FutharkOpaqueArray",
    "FutharkRecord",
    "FutharkSum",
    "NdArray",
    "OutOfMemoryError",
    "ProgramError",
    "ProtocolError",
    "TimeoutError",
    "ValueStateError",
    "WorkerExitError",
    "isFutharkError",
    "nd",
    "open",
    "openSync",
    "variant",
  ]);
});
