-- ==
-- input { [1, 2] 3 } output @ data/absent.out

entry main (xs: []i32) (y: i32) : i32 = i32.sum xs + y
