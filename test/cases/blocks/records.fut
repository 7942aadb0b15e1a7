-- ==
-- entry: one
-- input { 1 } output { 1 }
-- input { 1 } output { 2 }
-- input { 3 }

type one = {x: i32}
entry one (x: i32) : one = {x}

-- ==
-- entry: two
-- input { 1 } output { 1 2 }
-- input { 2 }

type two = {x: i32, y: i32}
entry two (x: i32) : two = {x, y = 2}

-- ==
-- entry: both
-- input { 1 2 } output { 3 }

entry both (p: two) : i32 = p.x + p.y
