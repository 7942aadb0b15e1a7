-- ==
-- error: something quite different

entry main (x: i32) : i32 = x + true
