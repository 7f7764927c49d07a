"""Clinics and therapists side by side at equal case-mix, never as a ranking."""
