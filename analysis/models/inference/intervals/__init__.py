"""Intervals by profile and parametric bootstrap, and predicted random effects."""
