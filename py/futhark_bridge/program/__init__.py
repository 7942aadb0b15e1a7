"""An open program: context, types, operations, and who shares memory with whom."""
