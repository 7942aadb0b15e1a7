"""Descriptions of programs, read from a manifest or from C declarations."""
