"""A file's bytes become rows of text; nothing is interpreted here."""
