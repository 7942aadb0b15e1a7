-- ==
-- input { 1 } output { 1 }
-- input @ data/absent.in output { 1 }

entry main (x: i32) : i32 = x
