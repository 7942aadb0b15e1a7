"""The public API for programs: load, entry points, types, share."""
