"""The worker's own Python objects, for the client."""
