-- | Work of a chosen length on an array of a chosen size.

def spin (n: i64) : u64 =
  loop x = 88172645463325252 for _i < n do
    let x = x ^ (x << 13)
    let x = x ^ (x >> 7)
    in x ^ (x << 17)

-- | As long as `steps` say; what comes back is as large as what went in.
entry work [n] (xs: [n]f32) (steps: i64) : [n]f32 =
  let noise = f32.u64 (spin steps & 1)
  in map (+ noise) xs
