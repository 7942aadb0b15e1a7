-- ==
-- input { 1 2 } output { 3 }
-- input { 1 } output { 3 }
-- input { 1 2 3 } output { 3 }
-- input { 1i64 2 } output { 3 }
-- input { [1] 2 } output { 3 }
-- input { 1 3 } output { 4i64 }
-- input { 1 4 } output { 5 5 }
-- input { 1 5 } output { }
-- input { 1 6 }

entry main (x: i32) (y: i32) : i32 = x + y
