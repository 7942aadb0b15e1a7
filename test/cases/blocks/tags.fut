-- ==
-- tags { small a-b c_d
--   no_cuda }
-- notest input { 1 } output { 3 }
-- no_c input { 2 } output { 4 }
-- no_opencl input { 3 } output { 4 }
-- disable input { 4 } output { 4 }
-- slow input { 5 } output { 7 }

entry main (x: i32) : i32 = x + 1
