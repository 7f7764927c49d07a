"""Pictures of Model lab: many specifications, power, residuals."""
