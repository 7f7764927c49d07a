"""The way back: the rows that a model used, for another program."""
