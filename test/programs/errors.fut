-- | Entries that fail, each in its own way, and entries whose arguments need care.

-- | Fails unless x is positive.
entry positive (x: i32) : i32 = assert (x > 0) x

-- | Fails within a map, when any x is 0.
entry reciprocals [n] (xs: [n]i32) : [n]i32 = map (1000 /) xs

-- Not inlined: a failure in a function of its own comes back with another status.
#[noinline]
def checked_root (x: f64) : f64 = f64.sqrt (assert (x >= 0) x)

-- | Fails in a function that it calls, for negative x.
entry root (x: f64) : f64 = checked_root x

-- | Fails when i is out of bounds.
entry element [n] (xs: [n]i32) (i: i64) : i32 = xs[i]

-- | Fails when the slice from i up to j does not lie within the array.
entry slice [n] (xs: [n]i32) (i: i64) (j: i64) : []i32 = xs[i:j]

-- | Fails when b is 0.
entry div_mod (a: i32) (b: i32) : (i32, i32) = (a / b, a % b)

-- | Two arrays and a scalar at once; fails when xs is empty.
entry head_tail_sum [n] (xs: [n]i64) : ([]i64, i64, i64) = (tail xs, head xs, i64.sum xs)

-- | Wants two arrays of one size.
entry dot [n] (xs: [n]f32) (ys: [n]f32) : f32 = f32.sum (map2 (*) xs ys)

-- | Wants the inner sizes to agree.
entry matmul [n][m][p] (a: [n][m]f64) (b: [m][p]f64) : [n][p]f64 =
  map (\row -> map (\column -> f64.sum (map2 (*) row column)) (transpose b)) a

-- | Wants exactly 3 elements.
entry cross (a: [3]f32) (b: [3]f32) : [3]f32 =
  [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]

-- | Fails unless xs has n elements: the size is asserted by the program.
entry coerce (n: i64) (xs: []i32) : [n]i32 = xs :> [n]i32

-- | Needs 8 n bytes until it returns: out of memory for a huge n.
entry scratch (n: i64) : i64 =
  let sums = scan (+) 0 (iota n)
  in sums[n / 2] + sums[n - 1]

-- | Returns 8 n bytes: out of memory for a huge n, also when 8 n is too large for an i64. A negative
-- n is a program error. The C that the compiler writes ends the process instead, unless mended.
entry allocate (n: i64) : [n]i64 = iota n

-- | Runs for as long as one likes: a few nanoseconds for each of n steps.
entry spin (n: i64) : u64 =
  loop x = 88172645463325252 for _i < n do
    let x = x ^ (x << 13)
    let x = x ^ (x >> 7)
    in x ^ (x << 17)

-- | Consumes xs. When i is out of bounds it fails, and xs is lost nevertheless.
entry put [n] (xs: *[n]i32) (i: i64) (v: i32) : *[n]i32 = xs with [i] = v

-- | Consumes xs while it only reads ys.
entry add_to [n] (xs: *[n]i32) (ys: [n]i32) : *[n]i32 =
  loop xs = xs for i < n do xs with [i] = xs[i] + ys[n - 1 - i]

-- | Its result is its argument: both may share memory.
entry same [n] (xs: [n]i32) : [n]i32 = xs

-- | Its results are its argument twice.
entry twice [n] (xs: [n]i32) : ([n]i32, [n]i32) = (xs, xs)

def squares : []i32 = map (\i -> i32.i64 (i * i)) (iota 10)

-- | Its result is a constant of the program, which must outlive whoever consumes it.
entry constant : []i32 = squares

-- | Nested parallelism: GPU back ends choose between versions of it by tuning parameters.
entry row_sums [n][m] (rows: [n][m]f32) : [n]f32 = map f32.sum rows
