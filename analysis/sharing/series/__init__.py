"""A series of reports, tried before its first file is written."""
