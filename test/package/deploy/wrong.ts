// Wrong uses of a typed pool: each line after the comment must be an error, or tsc says that it is not.
import type { Module, Pool } from "./smoke.ts";

export async function wrong(pool: Pool, fut: Module): Promise<void> {
  // @ts-expect-error: there is no such entry point
  await pool.entry.energyy(1);
  // @ts-expect-error: a string is not a number
  await pool.entry.add("1", 2);
  // @ts-expect-error: values stay in one worker
  await pool.entry.twice(await fut.entry.twice([1]));
  // @ts-expect-error: it returns plain data
  (await pool.entry.twice([1])).free();
  // @ts-expect-error: a task's module has the same entry points
  await pool.run((one) => one.entry.energyy(1));
}
