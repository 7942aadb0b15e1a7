-- ==
-- entry: sums
-- random input { [50]i8 [50]u16 [50]u64 [50]bool [50]f16 } auto output

entry sums (a: []i8) (b: []u16) (c: []u64) (d: []bool) (e: []f16) =
  (i8.sum a, u16.sum b, u64.sum c, or d, f16.sum e, a, d)
