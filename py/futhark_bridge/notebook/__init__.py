"""Jupyter support."""
