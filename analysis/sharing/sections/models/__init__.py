"""Models of the alliance and of open treatments as parts of a report."""
