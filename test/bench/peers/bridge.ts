import type { FutharkModule, NdArray } from "../../../ts/index.ts";
import { type Contestant, checkScaled, ramp, timed } from "../contestant.ts";
import type { Api } from "../package-form.ts";

/** futhark-bridge: awaited calls, ordinary typed arrays. */
export async function bridge(api: Api, module: string): Promise<Contestant> {
  const fut = await api.open(module);
  return {
    name: "bridge",
    close: () => fut.close(),
    prepare: async (what, size) => {
      if (what === "call") return (count) => timed(count, () => fut.entry.add_one(41));
      const input = ramp(size);
      if (what === "chain") return (count) => chain(fut, input, count);
      const turn = async (): Promise<Float32Array> => {
        const result = fut.entry.scale(2, input);
        const copy = fut.fromFuthark(result) as Promise<NdArray<"f32">>;
        result.free();
        return (await copy).data;
      };
      checkScaled("bridge", await turn(), size);
      return (count) => timed(count, turn);
    },
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

/** The same with arrays in shared memory: `alloc` for what goes in, `borrow` for what comes out. */
export async function zeroCopy(api: Api, module: string): Promise<Contestant> {
  const fut = await api.open(module);
  return {
    name: "zeroCopy",
    close: () => fut.close(),
    prepare: async (what, size) => {
      if (what !== "array") return undefined;
      const input = fut.alloc("f32", [size]);
      input.data.set(ramp(size));
      const turn = async (check = false): Promise<void> => {
        const result = await fut.entry.scale(2, input);
        const lent = await result.borrow();
        if (check) checkScaled("zeroCopy", lent.data, size);
        lent.release();
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
      if (what === "chain") return undefined;
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
