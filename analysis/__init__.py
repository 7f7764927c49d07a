"""Rapport without a screen: what explains the success of psychotherapy in your own data."""
