"""A fitted model in words, and the same model in R."""
