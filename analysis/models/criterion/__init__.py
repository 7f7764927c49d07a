"""The deviance and the REML criterion with their gradient, from sums by group."""
