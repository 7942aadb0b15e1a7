-- ==
-- input { [1] } output { 1 }
-- input @ data/two.in output { 6 }

entry main (xs: []i32) : i32 = i32.sum xs
