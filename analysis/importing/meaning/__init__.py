"""Which column is which key or variable: the mapping, guessed, written and read."""
