import koffi from "koffi";
import { type Contestant, checkScaled, ramp, timed } from "../contestant.ts";

/** The C library in Node's own process: no process, no checks, and it blocks the event loop. */
export function inProcess(library: string): Contestant {
  const lib = koffi.load(library);
  const configNew = lib.func("void *futhark_context_config_new()");
  const contextNew = lib.func("void *futhark_context_new(void *config)");
  const contextFree = lib.func("void futhark_context_free(void *context)");
  const sync = lib.func("int futhark_context_sync(void *context)");
  const addOne = lib.func(
    "int futhark_entry_add_one(void *context, _Out_ int32_t *out, int32_t x)",
  );
  const scale = lib.func(
    "int futhark_entry_scale(void *context, _Out_ void **out, float k, void *xs)",
  );
  const step = lib.func("int futhark_entry_step(void *context, _Out_ void **out, void *xs)");
  const create = lib.func("void *futhark_new_f32_1d(void *context, float *data, int64_t size)");
  const free = lib.func("int futhark_free_f32_1d(void *context, void *array)");
  const values = lib.func(
    "int futhark_values_f32_1d(void *context, void *array, _Out_ float *data)",
  );
  const context = contextNew(configNew());
  const number: [number] = [0];
  const out: [unknown] = [null];
  const done = (status: number): void => {
    if (status !== 0) throw new Error(`koffi: status ${status}`);
  };
  const roundTrip = (input: Float32Array): Float32Array => {
    const array = create(context, input, input.length);
    done(scale(context, out, 2, array));
    const result = new Float32Array(input.length);
    done(values(context, out[0], result));
    done(sync(context));
    free(context, out[0]);
    free(context, array);
    return result;
  };
  const chain = (input: Float32Array, count: number): void => {
    let value: unknown = create(context, input, input.length);
    for (let i = 0; i < count; i++) {
      done(step(context, out, value));
      free(context, value);
      value = out[0];
    }
    done(sync(context));
    free(context, value);
  };
  return {
    name: "koffi",
    close: () => contextFree(context),
    prepare: (what, size) => {
      if (what === "call") return (count) => timed(count, () => done(addOne(context, number, 41)));
      if (what !== "chain" && what !== "array") return undefined;
      const input = ramp(size);
      if (what === "chain") return (count) => timed(1, () => chain(input, count));
      checkScaled("koffi", roundTrip(input), size);
      return (count) => timed(count, () => roundTrip(input));
    },
  };
}

/** A copy of the bytes into allocated memory: the upper limit of speed. */
export function memcpy(): Contestant {
  return {
    name: "memcpy",
    close: () => {},
    prepare: (what, size) => {
      if (what !== "array") return undefined;
      const from = ramp(size);
      const to = from.slice();
      return (count) => timed(count, () => to.set(from));
    },
  };
}
