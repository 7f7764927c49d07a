"""Mixed models of what happens or doesn't, from rows."""
