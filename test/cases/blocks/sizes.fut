-- ==
-- input { [1, 2] [3, 4] } output { 11 }
-- input { [1, 2] [3, 4, 5] } error: invalid sizes
-- input { [1, 2] [3, 4, 5] [6] } error: invalid sizes
-- input { [1, 2, 3] [3, 4] } output { 11 }

entry main [n] (xs: [n]i32) (ys: [n]i32) : i32 = i32.sum (map2 (*) xs ys)
