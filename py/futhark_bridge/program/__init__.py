"""Open programs: context, types, operations, and tracking of aliases."""
