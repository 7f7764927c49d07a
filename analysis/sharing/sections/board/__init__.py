"""What a board asks beside the rates: change, waiting, completeness, groups, case-mix."""
