// The middle of the pipeline notebook: an Arrow file in, Futhark, Arrow files out.
//
//   node --import tsx pipeline.ts FOLDER

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Table, tableFromIPC, tableToIPC } from "apache-arrow";
import { fromTable, open, toTable } from "futhark-bridge";

const STATIONS = 8n;
const folder = process.argv[2] ?? ".";

const bytes = readFileSync(join(folder, "readings.arrow"));
const readings = tableFromIPC(bytes);
const columns = fromTable(readings);
for (const [name, { elemtype, shape, data }] of Object.entries(columns)) {
  const where = data.buffer === bytes.buffer ? "in the file's bytes" : "copied";
  console.log(`${name}: [${shape}]${elemtype}, ${where}`);
}

const fut = await open(join(import.meta.dirname, "readings.fut"));
// A table is an array of records: no conversion, and one copy, into Futhark.
const onDevice = await fut.types["[]reading"].new(readings);
const summaries = await fut.entry.summaries(STATIONS, onDevice);
const deviations = await fut.entry.deviations(onDevice, summaries);

save("summaries.arrow", await summaries.toTable());
const { station, value } = columns;
if (station === undefined || value === undefined) throw new Error("a column is missing");
save(
  "deviations.arrow",
  await toTable({ station, value, deviation: await deviations.toNdArray() }),
);
await fut.close();

function save(name: string, table: Table): void {
  writeFileSync(join(folder, name), tableToIPC(table, "file"));
  console.log(`${name}: ${table.numRows} rows of ${table.schema.names.join(", ")}`);
}
