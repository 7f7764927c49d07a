"""What the rows of a model are, how alike rows of one unit may be, and what is said of them."""
