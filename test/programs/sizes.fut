-- Entry points whose arguments have to agree in their sizes.
type pair [n] = {xs: [n]f32, weight: f32, ys: [n]f32}
type nested [n] = {last: i64, both: pair [n]}

entry dot [n] (xs: [n]f32) (ys: [n]f32): f32 = f32.sum (map2 (*) xs ys)
entry counted (n: i64) (xs: [3]f32) (ys: [n]f32): f32 = xs[0] + f32.sum ys
entry weighted [n] (p: pair [n]): f32 = p.weight * f32.sum (map2 (*) p.xs p.ys)
entry inside [n] (k: i32) (p: nested [n]) (square: [n][n]f32): f32 =
  f32.i32 k + p.both.xs[0] + p.both.ys[0] + square[0, 0] + f32.i64 p.last
