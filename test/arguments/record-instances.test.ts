import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FutharkModule, nd, open } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

let fut: FutharkModule;
before(async () => {
  fut = await open(programPath("types"), { backend: "c" });
});
after(() => fut.close());

class Place {
  readonly lat: number;
  readonly lon: number;

  constructor(lat: number, lon: number) {
    this.lat = lat;
    this.lon = lon;
  }

  get sum(): number {
    return this.lat + this.lon;
  }
}

/** Its fields are accessors of a class above its own. */
class Hidden {
  readonly #lat: number = 5;

  get lat(): number {
    return this.#lat;
  }
}
class HiddenPlace extends Hidden {
  lon = 7;
}

class Columns {
  lat = Float64Array.of(1, 9, 3);
  lon = [0, 0, 0];
}

test("an instance of a class is a record, whose accessors may be fields", async () => {
  const middle = await fut.entry.middle(new Place(1, 2), new HiddenPlace());
  assert.deepEqual(await middle.toObject(), { lat: 3, lon: 4.5 });
  assert.equal(await fut.entry.north([new Place(1, 2), new HiddenPlace(), { lat: 4, lon: 1 }]), 5);
  assert.equal(await fut.entry.north(new Columns()), 9);
  const bare = Object.assign(Object.create(null), { lat: 1, lon: 3 });
  assert.deepEqual(await (await fut.entry.middle(bare, bare)).toObject(), { lat: 1, lon: 3 });
});

test("instances with other fields and of built-in classes are refused", async () => {
  class Far extends Place {
    readonly height = 3;
  }
  class Method {
    readonly lon = 1;
    lat(): number {
      return 1;
    }
  }
  const right = new Place(1, 2);
  const wrong: [unknown, RegExp][] = [
    [new Far(1, 2), /^middle argument 1 \(p\): place has no field height$/],
    [
      Object.defineProperty({ lon: 1, height: 2 }, "lat", { value: 1 }),
      /^middle argument 1 \(p\): place has no field height$/,
    ],
    [new Hidden(), /^middle argument 1 \(p\): field lon of place is missing$/],
    [new Method(), /^middle argument 1 \(p\)\.lat: expected f64, got a function$/],
    [new Map([["lat", 1]]), /^middle argument 1 \(p\): expected place, got Map/],
    [new Date(0), /^middle argument 1 \(p\): expected place, got /],
    [[1, 2], /^middle argument 1 \(p\): expected place, got \[ 1, 2 \]$/],
    [
      nd(Float64Array.of(1, 2)),
      /^middle argument 1 \(p\): expected place, got f64 of shape \[2\]$/,
    ],
  ];
  for (const [value, message] of wrong) {
    await assert.rejects(async () => await fut.entry.middle(value, right), { message });
  }
  // Members of every object are not fields.
  class Empty {}
  const unit = (await open(programPath("odd_fields"), { backend: "c" })) as FutharkModule;
  await assert.rejects(async () => await unit.entry.same(new Empty()), {
    message: /field constructor of .* is missing$/,
  });
  await unit.close();
});
