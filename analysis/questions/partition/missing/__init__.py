"""The shares had nobody been lost: imputed, weighted, and how far those who left may be off."""
