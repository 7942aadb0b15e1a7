-- ==
-- input { [1, 2, 3] 9 } output { [9, 2, 3] }
-- input { empty([0]i32) 9 } error: out of bounds
-- input { [1] 8 } auto output

entry main (xs: *[]i32) (x: i32) : *[]i32 = xs with [0] = x
