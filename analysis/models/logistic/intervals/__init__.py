"""Intervals of logistic models that do not rest on the curvature at the estimates alone."""
