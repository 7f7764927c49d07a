"""Linear mixed models: the search for the minimum, what was found, what cannot be told apart."""
