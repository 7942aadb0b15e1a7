-- ==
-- entry: all
-- input { 1i8 2i16 3i32 4i64 5u8 6u16 7u32 8u64 true }
-- output { 1i8 2i16 3i32 4i64 5u8 6u16 7u32 8u64 true }
-- input { -1i8 -2i16 -3i32 -4i64 0xffu8 0b11u16 1_000u32 18446744073709551615u64 false }
-- output { -1i8 -2i16 -3i32 -4i64 255u8 3u16 1000u32 18446744073709551615u64 false }
-- input { 1i8 2i16 3i32 4i64 5u8 6u16 7u32 8u64 true }
-- output { 1i8 2i16 3i32 4i64 5u8 6u16 7u32 8u64 false }

entry all (a: i8) (b: i16) (c: i32) (d: i64) (e: u8) (f: u16) (g: u32) (h: u64) (i: bool) =
  (a, b, c, d, e, f, g, h, i)
