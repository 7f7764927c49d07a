"""The synthetic clinic drawn: who, whose patient, which scores in which session."""
