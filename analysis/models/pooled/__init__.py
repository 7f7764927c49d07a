"""Sites' sums as one model's moments, without a row."""
