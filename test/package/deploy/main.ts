// A strict project's use of bindings that tsc has put into another folder.
import { open, openPool, openSync } from "./smoke.ts";

const found: unknown[] = [];
const fut = await open({ backend: "c" });
found.push(await fut.entry.add(2, 3));
await fut.close();
const blocking = openSync();
found.push(blocking.entry.at([1, 2, 3], 1));
blocking.close();
const pool = await openPool({ workers: 1 });
const swapped: { readonly x: number; readonly y: number } = await pool.entry.swap({ x: 1, y: 2 });
const twice: Float64Array = (await pool.entry.twice([1, 2])).data;
await pool.close();
process.stdout.write(JSON.stringify([...found, swapped, [...twice]]));
