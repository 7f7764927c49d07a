"""Many fits at once: subsets of predictors, resampled clusters."""
