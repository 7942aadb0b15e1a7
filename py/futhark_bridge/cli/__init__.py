"""The command line: ``python -m futhark_bridge``."""
