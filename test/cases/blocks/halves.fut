-- ==
-- input { [1f16, 2.5f16] } output { [1.001f16, 2.5f16] }
-- input { [1f16, 2.5f16] } output { [1.1f16, 2.5f16] }
-- input { [f16.nan, -f16.inf] } output { [f16.nan, -f16.inf] }

entry main (xs: []f16) : []f16 = xs
