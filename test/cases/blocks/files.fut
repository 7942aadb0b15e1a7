-- ==
-- input @ data/two.in output @ data/sum.out
-- "zipped" input @ data/two.in.gz output @ data/wrong.out
-- "binary" input @ data/two.data output { 21 }
-- "zipped binary" input @ data/two.data.gz output @ data/sum.out
-- "again" input @ data/two.in output { 22 }

entry main (xs: []i32) (y: i32) : i32 = i32.sum xs + y
