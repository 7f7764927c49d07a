"""Rows to fit, wherever they lie: one relation with a number or a text for each variable."""
