-- ==
-- tags { no_c }
-- input { 1 } output { 3 }

entry main (x: i32) : i32 = x + 1
