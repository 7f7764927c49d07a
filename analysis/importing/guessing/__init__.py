"""A first proposal of the mapping, to be shown and corrected."""
