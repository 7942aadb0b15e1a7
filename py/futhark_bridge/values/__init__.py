"""Handles of values in Futhark's memory."""
