"""Does the effect of a number bend? Its square and cube are tried beside it.

The F test of added columns at given variances is exact but for their estimation; it is asked with
the rows' dependence taken in (`omitted.py`), because slopes and serial correlation left out make
any smooth course look sure.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.base.joining import named
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.inference.checks.omission.look import Look, Wide, about, varies
from analysis.models.inference.checks.verdict import ALARM, FINE, NOTE, PROBLEM, Verdict

FEWEST_VALUES = 5  # fewer different values are told apart by categories, not by a bend
# Share of the residual's SD by which a bend moves predictions, root mean square over rows.
LARGE = 0.3


@dataclass(frozen=True, slots=True)
class Bend:
    """One predictor. t: of its square beside the model's terms; p: of square and cube together, or
    of the square alone, whichever is smaller, doubled; size: root mean square of what they add to
    the prediction, in residual SDs, chance taken off; df: of the test."""

    term: str
    t: float
    p: float
    size: float
    df: float


@dataclass(frozen=True, slots=True)
class Bends:
    """All predictors that were looked at, with one verdict."""

    tested: tuple[Bend, ...]
    values: int
    verdict: Verdict

    def tidy(self) -> list[dict]:
        """One row a predictor: term, t, p, size, df."""
        return [{n: getattr(b, n) for n in ("term", "t", "p", "size", "df")} for b in self.tested]


def bends(look: Look, wide: Wide) -> Bends:
    """The verdict on all numbers among the fixed effects, each beside the others' bends, the
    slopes and the correlation of neighbours that `wide` holds."""
    found, rows = bend_tests(look, wide), len(look.rows.base)
    if not found:
        return Bends((), 0, Verdict(FINE, "No predictor takes enough different values to bend."))
    return Bends(found, rows, _verdict(found, rows))


def bend_tests(look: Look, wide: Wide) -> tuple[Bend, ...]:
    """One Bend a number among the fixed effects that takes enough different values."""
    asked = [t for t in look.scales if len(np.unique(look.named[about(t)])) >= FEWEST_VALUES]
    powers = {n: v for term in asked for n, v in look.powers(term).items()}
    if not powers:
        return ()
    rows = look.rows_of(wide.slopes, ()).with_columns(powers, fixed=tuple(powers))
    problem = build_problem(rows.sums(look.neighbours, wide.r))
    products = evaluate(problem, wide.found.theta, look.reml, with_gradient=False).forward.products
    beside = {t: {n for o in wide.bent if o != t for n in look.powers(o)} for t in asked}
    return tuple(_bend(look, problem, products, t, set(powers) - beside[t]) for t in asked)


def _bend(look: Look, problem, products: np.ndarray, term: str, powers: set[str]) -> Bend:
    """powers: those that are not part of the model that the term's bend is tried in."""
    base = [j for j, name in enumerate(problem.x) if name not in powers]
    own = [problem.x.index(n) for n in look.powers(term) if n in problem.x]
    if not own:
        return Bend(term, 0.0, 1.0, 0.0, 0.0)
    df = _df(look, problem, term, len(base) + len(own))
    square, _, _ = _added(problem, products, base, own[:1])
    t = float(np.sign(square) * np.sqrt(abs(square)))
    f, s2, explained = _added(problem, products, base, own)
    p = min(
        2 * float(special.stdtr(df, -abs(t))), float(special.fdtrc(len(own), df, abs(f) / len(own)))
    )
    # Chance alone explains as many residual variances as there are columns.
    size = float(np.sqrt(max(explained / s2 - len(own), 0.0) / problem.rows))
    return Bend(term, t, min(2 * p, 1.0), size, df)


def _added(problem, products, base: list[int], own: list[int]):
    """Chi-square of added columns (its sign that of the first), the residual variance beside them,
    and what they explain of r2."""
    chosen, p = [*base, *own], problem.p
    xx, xy = products[np.ix_(chosen, chosen)], products[chosen, p]
    beta = np.linalg.solve(xx, xy)
    s2 = float(products[p, p] - xy @ beta) / max(problem.rows - len(chosen), 1)
    block = np.linalg.inv(xx)[len(base) :, len(base) :]
    gamma = beta[len(base) :]
    explained = float(gamma @ np.linalg.solve(block, gamma))
    return float(np.sign(gamma[0])) * explained / s2, s2, explained


def _df(look: Look, problem, term: str, p: int) -> float:
    """Of a column that varies within the innermost groups: rows less groups; of one that does not,
    the groups in which it is constant."""
    values = look.named[about(term)]
    groups = 0
    for code in look.rows.codes:
        if varies(values, code):
            break
        groups = int(code.max()) + 1
    if groups:
        return float(max(groups - 1 - p, 1))
    inner = int(look.rows.codes[0].max()) + 1 if look.rows.codes else 0
    return float(max(problem.rows - inner - p, 1))


def _verdict(found: tuple[Bend, ...], rows: int) -> Verdict:
    sure = [b for b in found if b.p < ALARM]
    if not sure:
        return Verdict(
            FINE,
            f"No sign of a bend along {named([b.term for b in found])} in {rows:,} rows (square "
            "and cube beside each).",
        )
    told = "; ".join(f"'{b.term}' (t {b.t:.1f} for its square)" for b in sure)
    large = max(b.size for b in sure)
    return Verdict(
        PROBLEM if large > LARGE else NOTE,
        f"The effect bends along {told}: a straight line misses it by up to {large:.2f} residual "
        "SDs on average; write poly(x, 2) or a spline, ns(x, df = 3), and look at the curve.",
    )
