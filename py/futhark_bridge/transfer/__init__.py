"""Arrays that come with a call."""
