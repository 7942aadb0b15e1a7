-- | What goes in comes out: one entry for every elemtype at every rank from 0 to 4,
-- called id_ELEMTYPE_RANK.

entry id_i8_0 (x: i8) : i8 = x
entry id_i8_1 [a] (x: [a]i8) : [a]i8 = x
entry id_i8_2 [a][b] (x: [a][b]i8) : [a][b]i8 = x
entry id_i8_3 [a][b][c] (x: [a][b][c]i8) : [a][b][c]i8 = x
entry id_i8_4 [a][b][c][d] (x: [a][b][c][d]i8) : [a][b][c][d]i8 = x

entry id_i16_0 (x: i16) : i16 = x
entry id_i16_1 [a] (x: [a]i16) : [a]i16 = x
entry id_i16_2 [a][b] (x: [a][b]i16) : [a][b]i16 = x
entry id_i16_3 [a][b][c] (x: [a][b][c]i16) : [a][b][c]i16 = x
entry id_i16_4 [a][b][c][d] (x: [a][b][c][d]i16) : [a][b][c][d]i16 = x

entry id_i32_0 (x: i32) : i32 = x
entry id_i32_1 [a] (x: [a]i32) : [a]i32 = x
entry id_i32_2 [a][b] (x: [a][b]i32) : [a][b]i32 = x
entry id_i32_3 [a][b][c] (x: [a][b][c]i32) : [a][b][c]i32 = x
entry id_i32_4 [a][b][c][d] (x: [a][b][c][d]i32) : [a][b][c][d]i32 = x

entry id_i64_0 (x: i64) : i64 = x
entry id_i64_1 [a] (x: [a]i64) : [a]i64 = x
entry id_i64_2 [a][b] (x: [a][b]i64) : [a][b]i64 = x
entry id_i64_3 [a][b][c] (x: [a][b][c]i64) : [a][b][c]i64 = x
entry id_i64_4 [a][b][c][d] (x: [a][b][c][d]i64) : [a][b][c][d]i64 = x

entry id_u8_0 (x: u8) : u8 = x
entry id_u8_1 [a] (x: [a]u8) : [a]u8 = x
entry id_u8_2 [a][b] (x: [a][b]u8) : [a][b]u8 = x
entry id_u8_3 [a][b][c] (x: [a][b][c]u8) : [a][b][c]u8 = x
entry id_u8_4 [a][b][c][d] (x: [a][b][c][d]u8) : [a][b][c][d]u8 = x

entry id_u16_0 (x: u16) : u16 = x
entry id_u16_1 [a] (x: [a]u16) : [a]u16 = x
entry id_u16_2 [a][b] (x: [a][b]u16) : [a][b]u16 = x
entry id_u16_3 [a][b][c] (x: [a][b][c]u16) : [a][b][c]u16 = x
entry id_u16_4 [a][b][c][d] (x: [a][b][c][d]u16) : [a][b][c][d]u16 = x

entry id_u32_0 (x: u32) : u32 = x
entry id_u32_1 [a] (x: [a]u32) : [a]u32 = x
entry id_u32_2 [a][b] (x: [a][b]u32) : [a][b]u32 = x
entry id_u32_3 [a][b][c] (x: [a][b][c]u32) : [a][b][c]u32 = x
entry id_u32_4 [a][b][c][d] (x: [a][b][c][d]u32) : [a][b][c][d]u32 = x

entry id_u64_0 (x: u64) : u64 = x
entry id_u64_1 [a] (x: [a]u64) : [a]u64 = x
entry id_u64_2 [a][b] (x: [a][b]u64) : [a][b]u64 = x
entry id_u64_3 [a][b][c] (x: [a][b][c]u64) : [a][b][c]u64 = x
entry id_u64_4 [a][b][c][d] (x: [a][b][c][d]u64) : [a][b][c][d]u64 = x

entry id_f16_0 (x: f16) : f16 = x
entry id_f16_1 [a] (x: [a]f16) : [a]f16 = x
entry id_f16_2 [a][b] (x: [a][b]f16) : [a][b]f16 = x
entry id_f16_3 [a][b][c] (x: [a][b][c]f16) : [a][b][c]f16 = x
entry id_f16_4 [a][b][c][d] (x: [a][b][c][d]f16) : [a][b][c][d]f16 = x

entry id_f32_0 (x: f32) : f32 = x
entry id_f32_1 [a] (x: [a]f32) : [a]f32 = x
entry id_f32_2 [a][b] (x: [a][b]f32) : [a][b]f32 = x
entry id_f32_3 [a][b][c] (x: [a][b][c]f32) : [a][b][c]f32 = x
entry id_f32_4 [a][b][c][d] (x: [a][b][c][d]f32) : [a][b][c][d]f32 = x

entry id_f64_0 (x: f64) : f64 = x
entry id_f64_1 [a] (x: [a]f64) : [a]f64 = x
entry id_f64_2 [a][b] (x: [a][b]f64) : [a][b]f64 = x
entry id_f64_3 [a][b][c] (x: [a][b][c]f64) : [a][b][c]f64 = x
entry id_f64_4 [a][b][c][d] (x: [a][b][c][d]f64) : [a][b][c][d]f64 = x

entry id_bool_0 (x: bool) : bool = x
entry id_bool_1 [a] (x: [a]bool) : [a]bool = x
entry id_bool_2 [a][b] (x: [a][b]bool) : [a][b]bool = x
entry id_bool_3 [a][b][c] (x: [a][b][c]bool) : [a][b][c]bool = x
entry id_bool_4 [a][b][c][d] (x: [a][b][c][d]bool) : [a][b][c][d]bool = x
