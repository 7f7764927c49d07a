"""Checks of a logistic model, each with a verdict in words."""
