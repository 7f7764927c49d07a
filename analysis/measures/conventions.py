"""Figures that several rooms share, each with its reason; one that a single room uses stands there.

A reader who doubts one finds here what it would change.
"""

# Of every interval, unless another level is asked for; the ends' probabilities; the normal law's
# point for them.
LEVEL = 0.95
ENDS = (0.025, 0.975)
Z = 1.959963984540054
# Draws or resamples of an interval, unless asked otherwise: its ends then stand to some 2 % of its
# width (Davison & Hinkley 1997, section 2.5.2, ask for a thousand).
REPLICATES = 1000
# Fewer usable replicates than this, or than half of those asked for, give no interval.
FEWEST_USABLE = 10
# Outermost groups before they are drawn again of themselves, rather than the fit simulated: with 30
# to 100 of them resampled intervals held the truth in 85 to 92 % of sets (docs/validation.md).
FEWEST_DRAWN_AGAIN = 200
# Reliability (lambda) of observed group means below which no correction for it is made: it would
# multiply what was measured, and chance with it, by more than three.
LEAST_LAMBDA = 0.3
# Groups of a level below which no effect at that level is told.
FEWEST_FOR_EFFECT = 10
# Rows for each predictor below which coefficients say more of these patients than of others
# (Harrell 2015, Regression Modeling Strategies, section 4.4, asks for 10 to 20).
ROWS_A_PREDICTOR = 10
# Categories of a predictor: one with more names hardly anyone, and is most often free text.
MOST_CATEGORIES = 12
# Patients that a figure must count to leave the house: OpenSAFELY redacts counts of 7 or less.
FEWEST_TOLD = 8
# Patients behind a mean before it is shown (Australian Bureau of Statistics, DataLab: 10).
FEWEST_IN_A_MEAN = 10


def enough_usable(usable: int, asked: int) -> bool:
    """Whether so many usable replicates give an interval. Worked: 400 of 1000 -> False."""
    return usable >= max(FEWEST_USABLE, asked / 2)
