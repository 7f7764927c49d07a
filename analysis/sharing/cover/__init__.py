"""Who hands a report on: its cover, in the sender's own words, and its logo."""
