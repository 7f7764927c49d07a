"""Sites fit one model to their sums, without sharing a row."""
