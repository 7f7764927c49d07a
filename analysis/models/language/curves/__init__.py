"""Splines and polynomials as columns, whose base follows the data."""
