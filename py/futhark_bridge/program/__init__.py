"""Open programs: context, types, operations, and tracking of shared memory."""
