-- ==
-- input { [1.0, 2.0] } output { 3.0 }
-- input { [1.0, 2.0] } output { 3.007 }
-- input { [1.0, 2.0] } output { 3 }
-- input { empty([0]f64) } output { 0.0 }

entry main (xs: []f64) : f64 = f64.sum xs
