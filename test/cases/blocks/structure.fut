-- ==
-- input { [1, 2] } output { 6 }
-- structure { Screma 99 }
-- structure gpu { SegRed 99 }

entry main (xs: []i32) : i32 = i32.sum (map (* 2) xs)
