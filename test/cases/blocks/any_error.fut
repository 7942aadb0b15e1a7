-- ==
-- input { 1 } output { 10 }
-- input { 2 } error:

entry main (x: i32) : i32 = 10 / x

-- ==
-- input { 0 } error:
