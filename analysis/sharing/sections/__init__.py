"""The sections of a report: each says what it shows and whom its figures are about."""
