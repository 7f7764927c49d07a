"""What explains outcome: each factor's share of the outcome's variance, with an interval."""
