"""Diagnostics, each with a verdict in words."""
