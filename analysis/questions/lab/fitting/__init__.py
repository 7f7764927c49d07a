"""Residuals that are not independent and alike, and the grid behind what is asked of a fit."""
