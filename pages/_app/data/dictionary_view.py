"""The dictionary's rows."""

from collections import Counter

from analysis.presentation.words.rounding import count


def described(summaries) -> str:
    """'23 variables: 4 alliance, 5 practice, …'"""
    by_factor = Counter(s.variable.factor or "no factor" for s in summaries)
    parts = ", ".join(f"{n} {factor}" for factor, n in by_factor.most_common())
    return f"{count(len(summaries))} variables: {parts}." if summaries else "No variables."
