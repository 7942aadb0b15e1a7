-- ==
-- entry: pair
-- input { 1 } output { 1 [1, 1] }
-- input { 1 } output { 1 [1, 2] }
-- input { 1 } output { [1, 1] 1 }

entry pair (x: i32) : (i32, []i32) = (x, [x, x])

