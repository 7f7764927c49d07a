"""What told figures are set beside: the period before, and clinics at equal case-mix."""
