"""A result or a table becomes a chart; one file a family."""
