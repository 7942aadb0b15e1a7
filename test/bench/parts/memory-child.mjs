// A fresh Node process through which one array goes: prints how many bytes beyond the two
// arrays that the user asked for (what goes in, what comes out) it held at the worst moment.

import { readFileSync, writeFileSync } from "node:fs";

const [entry, module, way, elements] = process.argv.slice(2);
const { open } = await import(/** @type {string} */ (entry));
const size = Number(elements);
const fut = await open(module);
// What is loaded and allocated once is not counted.
await (await fut.entry.scale(2, new Float32Array(100_000))).values();

const own = 2 * 4 * size;
const before = status("VmRSS");
writeFileSync("/proc/self/clear_refs", "5"); // starts VmHWM, the peak, anew
const zeroCopy = way === "zeroCopy";
const input = zeroCopy ? fut.alloc("f32", [size]) : new Float32Array(size);
const given = zeroCopy ? input.data : input;
given.fill(1);
const result = await fut.entry.scale(2, input);
const taken = zeroCopy ? (await result.borrow()).data : await result.values();
// All of it is read: shared memory counts where it was looked at. And `input` is used to the end.
let sum = 0;
for (let i = 0; i < size; i++) sum += taken[i] - given[i];
if (sum !== size) throw new Error("wrong result");
process.stdout.write(`${status("VmHWM") - before - own}\n`);
await fut.close();

/**
 * A figure of this process in bytes.
 * @param {string} name
 */
function status(name) {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(
    readFileSync("/proc/self/status", "utf8"),
  );
  return Number(found?.[1]) * 1024;
}
