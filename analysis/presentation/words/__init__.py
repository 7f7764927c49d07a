"""A result becomes sentences; numbers rounded to what their interval can bear."""
