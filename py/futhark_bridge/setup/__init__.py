"""Compiling, building and finding programs."""
