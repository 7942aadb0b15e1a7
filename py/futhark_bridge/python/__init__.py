"""Access to the worker's Python objects from JavaScript."""
