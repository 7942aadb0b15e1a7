"""Encoding of arrays as Arrow IPC messages."""
