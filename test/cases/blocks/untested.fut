-- A program without tests.

-- = not one
--  ==

entry main (x: i32) : i32 = x
