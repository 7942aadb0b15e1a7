-- | Results that are tuples, however the compiler passes them.

entry unique_pair (n: i64) : *([]i32, []i32) = (replicate n 1i32, replicate n 2i32)
entry pair (x: i32) : (i32, []i32) = (x, [x])
entry nested (x: i32) (y: i8) : [1](i32, i8) = [(x, y)]
