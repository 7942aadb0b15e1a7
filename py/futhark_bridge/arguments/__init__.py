"""Conversion of Python values to call arguments, and of results to plain data."""
