"""Sites made from one table, and fits that must be the same."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.questions.lab.effects import fit_formula

# Sums taken in another order differ by some 1e-13; the search stops in the same place.
SAME = 1e-8


def sites(seed: int = 1) -> list[pd.DataFrame]:
    """Three sites of 4, 5, 6 therapists with 5-14 patients of 3-5 sessions. Site 1 lacks arm 'a',
    site 0 lacks sex 'x'; x differs between sites by thirty."""
    rng = np.random.default_rng(seed)
    return [
        pd.DataFrame(_rows(rng, s), columns="site th p t when x sex arm y".split())
        for s in range(3)
    ]


def _rows(rng, s: int):
    for th in range(4 + s):
        of_therapist = rng.normal()
        for p in range(rng.integers(5, 15)):
            level, slope = rng.normal(), 0.3 * rng.normal() - 0.5
            sex, arm = "fmx"[rng.integers(3 if s else 2)], "abc"[rng.integers(s == 1, 3)]
            for t in range(rng.integers(3, 6)):
                x = 40 + 30 * s + 5 * rng.normal()
                y = 10 + 0.1 * x + of_therapist + level + slope * t + (arm == "c") + rng.normal()
                when = t + rng.uniform(0, 0.5)
                yield f"S{s}", f"S{s}T{th}", f"S{s}T{th}P{p}", t, when, x, sex, arm, y


def on_all_rows(tmp_path, frames, formula, **options):
    pd.concat(frames).to_csv(tmp_path / "all.csv", index=False)
    return fit_formula(formula, tmp_path / "all.csv", **options)


def assert_same(pooled, fit):
    assert pooled.groups == fit.groups
    assert replace(pooled.status, messages=()) == replace(fit.status, messages=())
    # What the rows themselves tell (`lab/notes.py`) comes first, and pooled sums cannot.
    assert fit.status.messages[-len(pooled.status.messages) or len(fit.status.messages) :] == (
        pooled.status.messages
    )
    assert (pooled.rows, pooled.rows_dropped) == (fit.rows, fit.rows_dropped)
    for name in ("criterion", "sigma", "r2_marginal", "r2_conditional"):
        assert getattr(pooled, name) == pytest.approx(getattr(fit, name), rel=SAME)
    for one, two in zip(pooled.fixed, fit.fixed, strict=True):
        assert one.term == two.term
        assert one.estimate == pytest.approx(two.estimate, rel=SAME, abs=SAME * two.se)
        assert one.se == pytest.approx(two.se, rel=SAME)
        # A second derivative by differences: it carries their rounding.
        assert one.df == pytest.approx(two.df, rel=1e-5)
    for one, two in zip(pooled.random, fit.random, strict=True):
        assert (one.group, one.term) == (two.group, two.term)
        # A variance of zero is found to the root of its own rounding.
        assert one.sd == pytest.approx(two.sd, rel=SAME, abs=1e-6 * fit.sigma)
