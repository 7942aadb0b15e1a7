"""From Python values to operands of a call, and from results to plain data."""
