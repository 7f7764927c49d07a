"""The model of every subset of the factors: of the sample, of drawn groups, simulated."""
