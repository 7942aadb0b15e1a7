"""The worker process, and the server of shared programs."""
