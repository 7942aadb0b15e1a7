"""Compiling, building and locating programs."""
