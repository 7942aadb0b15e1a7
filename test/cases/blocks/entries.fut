-- Several entry points have the same tests.
-- ==
-- entry: inc succ twice
-- input { 1 } output { 2 }
-- input { 2 } output { 3 }

entry inc (x: i32) : i32 = x + 1
entry succ (x: i32) : i32 = x + 1
entry twice (x: i32) : i32 = x * 2

-- Another block.
-- ==
-- entry: twice
-- input { 4 } output { 8 }

-- A block for an entry point that does not exist.
-- ==
-- entry: thrice
-- input { 4 } output { 12 }
