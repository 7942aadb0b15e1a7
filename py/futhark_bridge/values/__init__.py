"""Handles to values in Futhark's memory."""
