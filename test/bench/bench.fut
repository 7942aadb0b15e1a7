-- What the benchmark calls: a scalar, an array that goes in and comes out, a step that is small
-- enough for the call itself to be what is measured, and the same work on records and on an image.
import "../programs/loeffler"

module loeffler32 = mk_loeffler f32

type point = {x: f32, y: f32, z: f32}

entry add_one (x: i32): i32 = x + 1

entry scale [n] (k: f32) (xs: [n]f32): [n]f32 = map (* k) xs

entry step [n] (xs: [n]f32): *[n]f32 = map (+ 1) xs

entry move [n] (points: [n]point): [n]point =
  map (\{x, y, z} -> {x = x + 1, y = y + 2, z = z + 3}) points

-- `move`, for who has columns only.
entry move_columns [n] (xs: [n]f32) (ys: [n]f32) (zs: [n]f32): ([n]f32, [n]f32, [n]f32) =
  (map (+ 1) xs, map (+ 2) ys, map (+ 3) zs)

entry invert [h][w] (image: [h][w][4]u8): [h][w][4]u8 = map (map (map (255 -))) image

-- The discrete cosine transform of rows of 8.
entry dct [n] (rows: [n][8]f32): [n][8]f32 = map loeffler32.forward rows

-- Takes a time that its argument chooses.
entry spin (turns: i64) (seed: i32): i32 = loop x = seed for i < turns do (x ^ i32.i64 i) * 1664525 + 1013904223
