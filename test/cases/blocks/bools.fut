-- ==
-- input { [true, false] } output { [false, true] }
-- input { [true, false] } output { [false, false] }
-- input { empty([0]bool) } output { empty([0]bool) }
-- input { true } output { [false] }

entry main (xs: []bool) : []bool = map (\x -> !x) xs
