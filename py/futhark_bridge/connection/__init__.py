"""Where another process finds this one: a socket, and a file about it."""
