-- ==
-- input { "abc" } output { [97u8, 98u8, 99u8] }
-- input { "a\"b}" } output { "a\"b}" }
-- input { "abc" } output { "abd" }
-- input { [97, 98] } output { "ab" }

entry main (xs: []u8) : []u8 = xs
