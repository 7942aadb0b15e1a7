"""Arrays as Arrow IPC messages."""
