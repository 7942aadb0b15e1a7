-- A call that can fail, with a record that may be large.

type~ load = {xs: []i32, n: i64}

-- | Fails unless k is positive.
entry weigh (l: load) (k: i64) : i64 = assert (k > 0) (length l.xs + l.n)

entry sum [n] (xs: [n]i32) : i32 = i32.sum xs
