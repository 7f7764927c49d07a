"""A result becomes rows of ready strings, the same in a page and in every file."""
