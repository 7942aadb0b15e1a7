-- Results of which some parts are unique and others share with an argument, and calls that
-- overwrite them: as records, as tuples with a name (one value in C) and as results of their own.

type~ two = ([]i32, []i32)
entry beside (xs: *[3]i32) (ys: [3]i32) : {a: *[3]i32, b: [3]i32} = {a = xs with [0] = 7, b = ys}
entry inner (xs: *[3]i32) (ys: [3]i32) : {n: i32, within: {a: *[3]i32, b: [3]i32}} =
  {n = 1, within = {a = xs with [0] = 7, b = ys}}
entry apart [n][m] (xs: *[n]i32) (ys: [m]i32) : (*[n]i32, [m]i32) = (xs with [0] = 7, ys)
entry fresh_and_old (xs: []i32) (ys: []i32) : {fresh: *[]i32, old: []i32} = {fresh = copy xs, old = ys}
entry tagged (xs: *[]i32) (tag: i32) : {xs: *[]i32, tag: i32} = {xs, tag}
entry twice (xs: []i32) : two = (xs, xs)
entry pair_up (xs: *[]i32) (ys: []i32) : two = (xs, ys)
entry put [n] (xs: *[n]i32) (v: i32) : *[n]i32 = xs with [0] = v
entry same (xs: []i32) : []i32 = xs
entry sum (xs: []i32) : i32 = i32.sum xs
entry step (s: *{xs: []i32, tag: i32}) : *{xs: []i32, tag: i32} =
  let tag = s.tag
  in {xs = s.xs with [0] = tag, tag = tag + 1}
