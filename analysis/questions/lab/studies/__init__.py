"""Studies: a question, its models and notes, kept as a small file that names its data."""
