-- What the benchmark calls: a scalar, an array that goes in and comes out, and a step
-- that is small enough for the call itself to be what is measured.

entry add_one (x: i32): i32 = x + 1

entry scale [n] (k: f32) (xs: [n]f32): [n]f32 = map (* k) xs

entry step [n] (xs: [n]f32): *[n]f32 = map (+ 1) xs
