"""The worker process: messages in, replies out."""
