"""Transfer of arrays in requests and replies."""
