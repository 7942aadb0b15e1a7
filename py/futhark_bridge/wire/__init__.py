"""Frames and messages between the client and the worker."""
