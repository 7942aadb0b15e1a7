import { SharedArrays } from "./shared-arrays.ts";

const [program, seed, steps] = process.argv.slice(2);
const arrays = await SharedArrays.open(program as string, Number(seed), 1);
await arrays.run(Number(steps));
await arrays.close();
