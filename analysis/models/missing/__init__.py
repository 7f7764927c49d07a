"""What is missing: drawn from a multilevel normal model, pooled, and weighed."""
