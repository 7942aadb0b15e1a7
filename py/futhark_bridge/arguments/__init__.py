"""From Python values to operands of a call."""
