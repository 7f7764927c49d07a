"""One row a treatment: who, when, with which first and last score, and how many of them."""
