"""A model built by clicks: what is chosen, as a formula, and back."""
