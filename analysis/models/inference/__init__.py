"""What is asked of a fitted model: tests, intervals, checks, where its variance lies."""
