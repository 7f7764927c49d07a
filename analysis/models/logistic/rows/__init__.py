"""Rows of what happens or doesn't: refused or brought together before a fit."""
