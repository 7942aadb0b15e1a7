"""The socket of a shared program, and its connection file."""
