-- ==
-- error: Cannot apply.*invalid type

entry main (x: i32) : i32 = x + true
