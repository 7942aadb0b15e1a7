-- Values and words go on over lines.
--
-- ==
--
-- entry: main
-- input
--   { [ 1
--     , 2 ]
--     3
--   }
-- output {
--   [ 4, 5 ] }
-- random
-- input { [3]i32 1 }
-- auto
-- output
-- input { [1] 1 } error:
--   what stands on the next line

entry main (xs: []i32) (y: i32) : []i32 = map (+ y) xs
