"""A fitted model as tables, and what was asked of it."""
