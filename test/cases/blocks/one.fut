-- One test.
-- ==
-- input { 2 } output { 3 }

entry main (x: i32) : i32 = x + 1
