import type { FutharkModule } from "../../../ts/index.ts";
import { type Case, type Contestant, checkScaled, ramp, timed } from "../contestant.ts";
import type { Api } from "../package-form.ts";
import { imageTurn, numpyTurn, recordsTurn } from "./shapes.ts";

/** How an array's result is read: what differs between the awaited ways. */
export type Reading = "bridge" | "fromFuthark" | "forgotten";

/** futhark-bridge: awaited calls, ordinary typed arrays. */
export async function awaited(name: Reading, api: Api, module: string): Promise<Contestant> {
  const fut = await api.open(module);
  return {
    name,
    close: () => fut.close(),
    prepare: async (what, size) => {
      if (what === "array") {
        const turn = READINGS[name](fut, ramp(size));
        checkScaled(name, await turn(), size);
        return (count) => timed(count, turn);
      }
      if (name !== "bridge") return undefined;
      if (what === "call") return (count) => timed(count, () => fut.entry.add_one(41));
      if (what === "chain") return (count) => chain(fut, ramp(size), count);
      const turn = await shapeTurn(api, fut, what, size);
      return turn && ((count) => timed(count, turn));
    },
  };
}

const READINGS: Readonly<
  Record<Reading, (fut: FutharkModule, input: Float32Array) => () => Promise<Float32Array>>
> = {
  // As users write it.
  bridge: (fut, input) => async () => {
    const result = await fut.entry.scale(2, input);
    const values = await result.values();
    result.free();
    return values;
  },
  fromFuthark: (fut, input) => async () => {
    const result = fut.entry.scale(2, input);
    const copy = fut.fromFuthark(result);
    result.free();
    return (await copy).data;
  },
  forgotten: (fut, input) => async () => await (await fut.entry.scale(2, input)).values(),
};

async function shapeTurn(
  api: Api,
  fut: FutharkModule,
  what: Case,
  size: number,
): Promise<(() => Promise<unknown>) | undefined> {
  if (what === "records") return recordsTurn(fut, size);
  if (what === "image") return imageTurn(api, fut, size);
  if (what === "numpy") return await numpyTurn(fut, size);
  return async () => {
    const result = await fut.entry.dct(api.nd(ramp(size), [size / 8, 8]));
    await result.values();
    result.free();
  };
}

/**
 * Each call takes the result of the one before, and nothing waits in between; the last
 * of a thousand is awaited. A value is freed as soon as Python would: when the next replaces it.
 */
async function chain(fut: FutharkModule, input: Float32Array, count: number): Promise<number> {
  const start = performance.now();
  let value = fut.entry.step(input);
  for (let i = 1; i < count; i++) {
    const next = fut.entry.step(value);
    value.free();
    value = next;
    if (i % 1000 === 0) await value;
  }
  await (await value).values();
  return performance.now() - start;
}

/** The same with arrays in shared memory: `alloc` for arguments, `borrow` for results. */
export async function zeroCopy(api: Api, module: string): Promise<Contestant> {
  const fut = await api.open(module);
  let input = fut.alloc("f32", [1]);
  return {
    name: "zeroCopy",
    close: () => fut.close(),
    prepare: async (what, size) => {
      if (what !== "array") return undefined;
      input.release();
      input = fut.alloc("f32", [size]);
      input.data.set(ramp(size));
      const turn = async (check = false): Promise<void> => {
        const result = await fut.entry.scale(2, input);
        const borrowed = await result.borrow();
        if (check) checkScaled("zeroCopy", borrowed.data as Float32Array, size);
        borrowed.release();
        result.free();
      };
      await turn(true);
      return (count) => timed(count, () => turn());
    },
  };
}

/** futhark-bridge with blocking calls. */
export function blocking(api: Api, module: string): Contestant {
  const fut = api.openSync(module);
  return {
    name: "blocking",
    close: () => fut.close(),
    prepare: (what, size) => {
      if (what === "call") return (count) => timed(count, () => fut.entry.add_one(41));
      if (what !== "array") return undefined;
      const input = ramp(size);
      const turn = (): Float32Array => {
        const result = fut.entry.scale(2, input);
        const values = result.values();
        result.free();
        return values;
      };
      checkScaled("blocking", turn(), size);
      return (count) => timed(count, turn);
    },
  };
}
