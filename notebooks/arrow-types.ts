// Says of each column of an Arrow file what it is to Futhark, as lines of JSON.

import { readFileSync } from "node:fs";
import { tableFromIPC } from "apache-arrow";
import { fromArrow, isFutharkError, type NdArray } from "futhark-bridge";

const bytes = readFileSync(process.argv[2] ?? "");
const table = tableFromIPC(bytes);
for (const { name } of table.schema.fields) {
  console.log(JSON.stringify({ column: name, ...describe(name) }));
}

function describe(name: string): object {
  try {
    const array: NdArray = fromArrow(table, name);
    const type = `${array.shape.map((size) => `[${size}]`).join("")}${array.elemtype}`;
    return { futhark: type, memory: array.data.buffer === bytes.buffer ? "shared" : "copied" };
  } catch (error) {
    if (!isFutharkError(error, "bad-argument")) throw error;
    return { futhark: "refused", memory: error.message };
  }
}
