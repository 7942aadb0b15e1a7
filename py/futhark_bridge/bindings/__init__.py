"""What a program offers: its description, read from a manifest or declarations."""
