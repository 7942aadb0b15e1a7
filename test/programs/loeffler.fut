-- The 8-point discrete cosine transform with 11 multiplications, and its inverse.
--
-- C. Loeffler, A. Ligtenberg, G. S. Moschytz: Practical fast 1-D DCT algorithms
-- with 11 multiplications. ICASSP 1989, pages 988-991. Eleven is also the proven
-- minimum for 8 points.
--
-- The graph has three kinds of node:
--
--   butterfly       (a, b) -> (a + b, a - b)                  2 additions
--   rotator r(n)    turns (a, b) by n * pi/16                 3 multiplications, 3 additions
--   scaling         a -> sqrt 2 * a                           1 multiplication
--
-- and runs in four stages. Read from left to right; [ ] is a butterfly of two lines.
--
--   1  mirror      [x0 x7] [x1 x6] [x2 x5] [x3 x4]  sums s0..s3, differences d0..d3
--                  A sum is the part of the signal that is even about its middle: the even
--                  coefficients depend on sums alone, the odd ones on differences alone.
--   2  even half   [s0 s3] [s1 s2]     a 4-point transform: mirrored once more
--      odd half    r(3) on (d0, d3)    r(1) on (d2, d1)
--   3  even half   [e0 e1] gives X0, X4;  r(6) on (e2, e3), scaled, gives X2, X6
--      odd half    butterflies across the two rotators
--   4  odd half    one butterfly gives X1, X7;  two scalings give X3, X5
--
--   stage            1     2     3     4    together
--   additions        8    4+6   2+3+4  2       29
--   multiplications        6     3     2       11
--
-- (The sqrt 2 of the rotator in the even half costs nothing: it is part of its constants.)
--
-- All outputs come out sqrt 8 times larger than those of the orthonormal transform. In two
-- dimensions that is a factor of 8 exactly, so the caller divides once by a power of two,
-- which rounds nothing. But for that factor the matrix is orthogonal, so its inverse is its
-- transpose: the same graph from right to left, each rotator turning the other way. Again 11.

module mk_loeffler (R: real) = {
  type t = R.t

  -- | A rotator scaled by m, as the three constants that its product form needs.
  -- Worked out in double precision by the compiler: none of these cosines is left to run.
  type rotator = {c: t, s_minus_c: t, c_plus_s: t}

  #[inline]
  def rotator (m: f64) (n: f64) : rotator =
    let c = m * f64.cos (n * f64.pi / 16)
    let s = m * f64.sin (n * f64.pi / 16)
    in {c = R.f64 c, s_minus_c = R.f64 (s - c), c_plus_s = R.f64 (c + s)}

  def r1 = rotator 1 1
  def r3 = rotator 1 3
  def r6 = rotator (f64.sqrt 2) 6
  def sqrt2 = R.f64 (f64.sqrt 2)

  -- | (c a + s b, c b - s a) with 3 multiplications, because c (a + b) serves both.
  def turn (r: rotator) (a: t, b: t) : (t, t) =
    let shared = R.(r.c * (a + b))
    in R.((shared + r.s_minus_c * b, shared - r.c_plus_s * a))

  -- | The same by the opposite angle.
  def turn_back (r: rotator) (a: t, b: t) : (t, t) =
    let (y, x) = turn r (b, a)
    in (x, y)

  def butterfly (a: t, b: t) : (t, t) = R.((a + b, a - b))

  -- | The DCT-II of 8 samples, sqrt 8 times orthonormal.
  def forward (x: [8]t) : [8]t =
    let (s0, d0) = butterfly (x[0], x[7])
    let (s1, d1) = butterfly (x[1], x[6])
    let (s2, d2) = butterfly (x[2], x[5])
    let (s3, d3) = butterfly (x[3], x[4])
    let (e0, e3) = butterfly (s0, s3)
    let (e1, e2) = butterfly (s1, s2)
    let (x0, x4) = butterfly (e0, e1)
    let (x6, x2) = turn_back r6 (e3, e2)
    let (a3, a0) = turn r3 (d3, d0)
    let (a2, a1) = turn r1 (d2, d1)
    let (p, q) = butterfly (a0, a2)
    let (r, s) = butterfly (a3, a1)
    let (x1, x7) = butterfly (p, r)
    in [x0, x1, x2, R.(sqrt2 * q), x4, R.(sqrt2 * s), x6, x7]

  -- | The transposed graph: `inverse (forward x)` is 8 x.
  def inverse (y: [8]t) : [8]t =
    let (p, r) = butterfly (y[1], y[7])
    let (a0, a2) = butterfly (p, R.(sqrt2 * y[3]))
    let (a3, a1) = butterfly (r, R.(sqrt2 * y[5]))
    let (d2, d1) = turn_back r1 (a2, a1)
    let (d3, d0) = turn_back r3 (a3, a0)
    let (e3, e2) = turn r6 (y[6], y[2])
    let (e0, e1) = butterfly (y[0], y[4])
    let (s0, s3) = butterfly (e0, e3)
    let (s1, s2) = butterfly (e1, e2)
    let (x0, x7) = butterfly (s0, d0)
    let (x1, x6) = butterfly (s1, d1)
    let (x2, x5) = butterfly (s2, d2)
    let (x3, x4) = butterfly (s3, d3)
    in [x0, x1, x2, x3, x4, x5, x6, x7]
}

module loeffler32 = mk_loeffler f32
module loeffler64 = mk_loeffler f64
