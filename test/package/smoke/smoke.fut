-- A little of everything, for the smoke test.

type point = {x: f64, y: f64}

entry add (x: i32) (y: i32): i32 = x + y
entry twice [n] (xs: [n]f64): [n]f64 = map (* 2) xs
entry sum [n][m] (xss: [n][m]i64): i64 = i64.sum (flatten xss)
entry at [n] (xs: [n]f64) (i: i64): f64 = xs[i]
entry swap (p: point): point = {x = p.y, y = p.x}
entry both (x: i32) (xs: []i32): (i32, []i32) = (x, map (+ x) xs)
