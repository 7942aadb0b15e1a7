"""The public module: load, entry points, types, share."""
