-- ==
-- entry: sum
-- input { [1.5f32, 2.5f32] } output { 4f32 }
-- input { [1.5f32, 2.5] } output { 4.007f32 }
-- input { [1.5f32, 2.5] } output { 4.009f32 }
-- input { [1e3f32, -1e-3] } output { 1001.5f32 }
-- input { [1e3f32, -1e-3] } output { 1002.5f32 }
-- input { [f32.nan, 1] } output { f32.nan }
-- input { [f32.inf, 1] } output { f32.inf }
-- input { [-f32.inf, 1] } output { f32.inf }
-- input { [f32.nan] } output { 1f32 }
-- input { [-0.001f32] } output { 0f32 }
-- input { [-0.003f32] } output { 0f32 }
-- input { [-1000f32] } output { -1000.003f32 }

entry sum [n] (xs: [n]f32) : f32 = reduce (+) 0 xs
