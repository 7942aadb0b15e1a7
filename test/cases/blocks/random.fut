-- ==
-- random input { [100]f32 [3][4]i32 10i64 } auto output
-- random input { [1_0]f32 [1][2]i32 3i64 } output { 15i64 }
-- random input { [10]f32 [2][2]i32 3i64 } output { 15i64 }

entry main (xs: []f32) (yss: [][]i32) (z: i64) : i64 =
  length xs + length (flatten yss) + z
