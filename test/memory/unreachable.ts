// Opens a module whose worker looks for shared memory in the wrong process.
import { type FutharkArray, open } from "../../ts/index.ts";
import { memoryProbe } from "../../ts/memory/probe.ts";

const probe = memoryProbe();
if (probe !== null) Object.assign(probe, { pid: 1, fd: 999_999 });
const fut = await open(process.argv[2] as string, { backend: "c" });
const data = Float64Array.from({ length: 100_000 }, (_, i) => i);
const array: FutharkArray<"f64"> = await fut.entry.id_f64_1(data);
const equal = Buffer.compare(Buffer.from((await array.values()).buffer), Buffer.from(data.buffer));
const allocated = fut.alloc("f64", [3]);
process.stdout.write(`shared: ${allocated.data.buffer.byteLength !== 24}, equal: ${equal === 0}\n`);
await fut.close();
