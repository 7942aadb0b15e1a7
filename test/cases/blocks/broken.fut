-- ==
-- input { 1 } output { 2 }
-- input { 2 } output { 3 }

entry main (x: i32) : i32 = y
