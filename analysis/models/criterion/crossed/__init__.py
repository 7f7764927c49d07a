"""Groups that are not nested: patients who change therapist, raters by items."""
