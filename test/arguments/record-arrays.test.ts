// JS arrays of handles and pending calls, as arguments for arrays of records.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type FutharkModule, type FutharkRecord, open, openSync } from "../../ts/index.ts";
import { BACKENDS, programPath } from "../support/programs.ts";

for (const backend of BACKENDS) {
  describe(`arrays of records, ${backend}`, () => {
    let types: FutharkModule;
    let walk: FutharkModule;
    before(async () => {
      types = await open(programPath("types"), { backend });
      walk = await open(programPath("walk"), { backend });
    });
    after(() => Promise.all([types.close(), walk.close()]));

    test("handles, pending calls and plain data can be mixed", async () => {
      const home: FutharkRecord = await types.types.place.new({ lat: 7, lon: 1 });
      const middle = types.entry.middle(home, { lat: 9, lon: 3 });
      assert.equal(await types.entry.north([home, home]), 7);
      assert.equal(await types.entry.north([{ lat: 2, lon: 0 }, middle, home]), 8);
      const made = await types.types["[]place"].new([home, middle]);
      assert.deepEqual(made.shape, [2]);
      assert.deepEqual(await made.toObjects(), [
        { lat: 7, lon: 1 },
        { lat: 8, lon: 2 },
      ]);
      assert.equal(home.state, "live");
    });

    test("they may have several dimensions, and lie within other values", async () => {
      const a = await types.types.corner.new({ lat: 1, lon: 2 });
      const flipped = await types.entry.flip_grid([[a], [{ lat: 3, lon: 4 }]]);
      assert.deepEqual(await flipped.toObjects(), [[{ lat: 2, lon: 1 }], [{ lat: 4, lon: 3 }]]);
      const stop = types.entry.middle({ lat: 0, lon: 0 }, { lat: 4, lon: 4 });
      const home = { lat: 1, lon: 1 };
      const trip = {
        name: [],
        stops: [stop, home, stop],
        best: { variant: "nothing", payload: [] },
        home,
      };
      assert.equal(await types.entry.trip_home(trip), 4);
    });

    test("so may tuples, and records with arrays", async () => {
      const mark = await types.types["(i32, bool)"].new([5, true]);
      assert.equal(await types.entry.count_marks([mark, [-1, false], mark]), 2n);
      const beads = await walk.entry.constant_beads();
      const [first, last] = await Promise.all([beads.at(0), beads.at(2)]);
      const made = await walk.entry.same_beads([last, first, { hue: 9, marks: [7, 8, 9] }]);
      assert.deepEqual((await (await walk.entry.bead_marks(made)).toNdArray()).toNested(), [
        [2, 2, 2],
        [0, 0, 0],
        [7, 8, 9],
      ]);
    });

    test("an element of the wrong type is an error that says where", async () => {
      const home = await types.types.place.new({ lat: 7, lon: 1 });
      const corner = await types.types.corner.new({ lat: 7, lon: 1 });
      const cases: [unknown[], RegExp][] = [
        [
          [home, corner],
          /^ArgumentError: north argument 1 \(ps\)\[1\]: expected place, got a corner$/,
        ],
        [
          [home, 5],
          /^ArgumentError: north argument 1 \(ps\)\[1\]: expected place, got the number 5$/,
        ],
        [
          [home, { lat: 1 }],
          /^ArgumentError: north argument 1 \(ps\)\[1\]: field lon of place is missing$/,
        ],
        [[home, types.entry.fresh("x")], /^ArgumentError: fresh argument 1/],
      ];
      for (const [value, message] of cases) await assert.rejects(types.entry.north(value), message);
      home.free();
      await assert.rejects(types.entry.north([home]), { code: "freed" });
    });
  });
}

test("they are arguments of blocking calls too", () => {
  using types = openSync(programPath("types"), { backend: "c" });
  const home = types.types.place.new({ lat: 7, lon: 1 });
  assert.equal(types.entry.north([home, { lat: 9, lon: 0 }]), 9);
});
