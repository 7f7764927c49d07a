"""Judged rows become sessions: ordered, told in parts or twice, and written."""
