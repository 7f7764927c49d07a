"""The shares of the partition drawn: all together, by level, beside published ones, in time."""
