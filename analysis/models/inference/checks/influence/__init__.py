"""What single groups do to the answer: to the coefficients, to the variances."""
