-- ==
-- entry: at
-- input { [4, 3, 2, 1] 1i64 } output { 3 }
-- input { [4, 3, 2, 1] 5i64 } error: Index \[5\] out of bounds
-- input { [4, 3, 2, 1] 6i64 } error: Error*
-- input { [4, 3, 2, 1] 7i64 } error: out of (bounds|range) for array of shape \[[[:digit:]]+\]
-- input { [4, 3, 2, 1] 8i64 } error: something else
-- input { [4, 3, 2, 1] 0i64 } error: Index
-- input { [4, 3, 2, 1] 9i64 } output { 3 }
-- input { [4, 3, 2, 1] 10i64 } error: bounds.*Backtrace
-- input { [4, 3, 2, 1] 11i64 } error: ^Error: Index
-- input { [4, 3, 2, 1] 12i64 }

entry at (xs: []i32) (i: i64) : i32 = xs[i]

-- ==
-- entry: positive
-- input { 1 } output { 1 }
-- input { -1 } error: Assertion is false: message_must_be_positive
-- input { -2 } error: must be negative

entry positive (x: i32) : i32 =
  let message_must_be_positive = x > 0
  in assert message_must_be_positive x
