"""Tests of several coefficients, of a variance, of one model against another."""
