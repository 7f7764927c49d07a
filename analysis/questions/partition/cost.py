"""How long a partition will take, said before it starts."""

from collections.abc import Mapping

from analysis.questions.scope import Scope

# Seconds a row, subset of factors and resample on two cores (benchmarks/partition_speed.py:
# 5,835 treatments, 32 subsets, 1,000 resamples in 3.8 s; 10,129 sessions in 6; growth ten times).
EACH = {"end": 2e-8, "next": 2e-8, "growth": 2e-7}
START = 1.5  # seconds of reading and of the first fit


def seconds(scope: Scope, counts: Mapping[str, int]) -> float:
    """An estimate, good to a factor of two or three.

    counts: rows of the dataset by unit ('episode', 'session'). Worked: 5,835 treatments with five
    factors and 1,000 resamples: 1.5 + 2e-8 * 5835 * 32 * 1000 = 5.2.
    """
    rows = counts.get("episode" if scope.question == "end" else "session", 0)
    subsets = 2 ** len(scope.factors)
    return START + EACH[scope.question] * rows * subsets * max(scope.bootstrap, 1)
