"""Workbooks, statistics programs' files and archives become CSV text, in a limited process."""
