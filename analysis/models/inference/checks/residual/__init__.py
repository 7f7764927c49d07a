"""Residuals: how they lie, and what is said of it."""
