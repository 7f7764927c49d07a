"""What the model leaves out of the rows' dependence: slopes that differ between groups, and
residuals that follow each other in time. Each by its own test, before a single group is blamed.

Both make residuals of one group alike, so one passes for the other: the alternative that raises
the likelihood most is taken in first, and the others are asked again beside it.
Sources: Self & Liang 1987, doi:10.1080/01621459.1987.10478472 (a variance of zero: half of a
chi-square with one degree of freedom); Diggle, Heagerty, Liang & Zeger 2002, Analysis of
Longitudinal Data, ch. 5 (serial correlation beside random effects).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from analysis.base.errors import ModelError
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.theta import lambdas
from analysis.models.inference.checks.omission.bends import bend_tests
from analysis.models.inference.checks.omission.look import Look, Wide, about
from analysis.models.inference.checks.omission.row_design import Refit
from analysis.models.inference.checks.verdict import ALARM, FINE, NOTE, PROBLEM, Verdict

# A standard error that another model makes this many times as large.
WIDER = 1.1
LOWEST, HIGHEST = -0.9, 0.95  # correlations of neighbours that are looked at
STEP = 0.1
WORTH = 3.0  # a fall of the deviance from which on the correlation is searched for


@dataclass(frozen=True, slots=True)
class Omitted:
    """One alternative. what: 'slope' or 'serial'; group: whose groups; term: the slope's column,
    '' for serial correlation; fall: of the deviance; p; size: the slopes' SD on the outcome's
    scale for one unit of the column, or the correlation of neighbours. wider: how many times as
    large the alternative makes the standard error that it changes most, and which."""

    what: str
    group: str
    term: str
    fall: float
    p: float
    size: float = 0.0
    wider: float = 1.0
    widest: str = ""


@dataclass(frozen=True, slots=True)
class Dependence:
    """What was looked at and what was found. slopes, serial: found ones; tested: numbers of
    slopes; rows: how many were looked at. verdicts: of slopes and of serial correlation.
    wide: the model that holds all that was found."""

    slopes: tuple[Omitted, ...]
    serial: Omitted | None
    tested: int
    rows: int
    slope_verdict: Verdict
    serial_verdict: Verdict
    wide: "Wide"

    def tidy(self) -> list[dict]:
        """One row a finding: what, group, term, p, size, wider, widest."""
        found = [*self.slopes, *([self.serial] if self.serial else [])]
        names = ("what", "group", "term", "p", "size", "wider", "widest")
        return [{n: getattr(f, n) for n in names} for f in found]


def dependence(look: Look) -> Dependence:
    """Test every slope that could differ between the groups of every level, and serial
    correlation within the innermost groups."""
    asked = look.candidates()
    wide, found = _grown(look, asked)
    weighed = [_weighed(look, f, wide) for f in found]
    slopes = tuple(f for f in weighed if f.what == "slope")
    serial = next((f for f in weighed if f.what == "serial"), None)
    tested = sum(c[0] == "slope" for c in asked)
    return Dependence(
        slopes,
        serial,
        tested,
        len(look.rows.base),
        _slope_verdict(slopes, tested),
        _serial_verdict(serial, look, ("serial",) in asked),
        wide,
    )


def _grown(look: Look, asked: list[tuple]) -> tuple[Wide, list[Omitted]]:
    """The model with all that is sure, the surest taken in first, and what that is. A bend passes
    for a slope that differs, and the other way round, so bends are among the candidates."""
    wide, found, left = look.plain(), [], asked
    while True:
        good = [t for t in (_tried(look, wide, c) for c in left) if t and t[0].p < ALARM]
        bent = [b for b in bend_tests(look, wide) if b.p < ALARM and b.term not in wide.bent]
        best = min(good, key=lambda t: (t[0].p, -t[0].fall), default=None)
        bend = min(bent, key=lambda b: (b.p, -abs(b.t)), default=None)
        if bend and (best is None or (bend.p, -(bend.t**2)) < (best[0].p, -best[0].fall)):
            wide = look.wider(wide, bent=(bend.term,))
        elif best:
            found.append(best[0])
            wide = best[1]
        else:
            return wide, found
        taken = {(f.what, f.group, f.term) for f in found}
        left = [c for c in left if _key(c, look) not in taken]


def _key(candidate: tuple, look: Look) -> tuple[str, str, str]:
    if candidate[0] == "serial":
        return "serial", look.rows.moments.groupings[0], ""
    return "slope", ":".join(candidate[1]), candidate[2]


def _tried(look: Look, wide: Wide, candidate: tuple) -> tuple[Omitted, Wide] | None:
    """The candidate beside `wide`, and the model that holds both; None where it can't be fitted."""
    what, group, term = _key(candidate, look)
    try:
        if what == "serial":
            size = _correlation(look, wide)
            wider = look.wider(wide, r=size)
        else:
            size, wider = 0.0, look.wider(wide, slopes=(candidate[1:],))
    except (ModelError, np.linalg.LinAlgError):
        return None
    fall = wide.found.deviance - wider.found.deviance
    p = float(special.chdtrc(1, max(fall, 0.0))) / (1 if what == "serial" else 2)
    return Omitted(what, group, term, fall, p, size), wider


def _correlation(look: Look, wide: Wide) -> float:
    """The likeliest correlation of neighbours; 0 where a parabola promises too little."""

    def deviance(r: float) -> float:
        return look.wider(wide, r=r).found.deviance

    whole = look.neighbours is not None and look.neighbours.whole
    here, lowest = wide.found.deviance, LOWEST if whole else 1e-4
    up = deviance(STEP)
    if lowest < 0:
        down = deviance(-STEP)
        slope, bend = (up - down) / (2 * STEP), (up + down - 2 * here) / STEP**2
        in_sight = slope**2 / (2 * bend) if bend > 0 else np.inf
    else:
        in_sight = np.inf if up < here else 0.0
    if in_sight < WORTH:
        return 0.0
    options = dict(xatol=1e-3)
    found = optimize.minimize_scalar(
        deviance, bounds=(lowest, HIGHEST), method="bounded", options=options
    )
    return float(found.x) if found.fun < here else 0.0


def _weighed(look: Look, found: Omitted, wide: Wide) -> Omitted:
    """With its size, and with what all that was found does to the standard errors."""
    plain = look.plain().found
    # Of the terms that both models have: a bend that was taken in is not what widens them.
    mended = look.plain() if not wide.bent else look.wider(look.plain(), bent=wide.bent)
    ratio = _errors(wide.found, look.reml) / _errors(mended.found, look.reml)
    most = int(np.argmax(ratio[: len(plain.problem.x)]))
    size = _spread(look, found, wide) if found.what == "slope" else found.size
    if found.what == "serial":
        size = wide.r
    return replace(found, size=size, wider=float(ratio[most]), widest=plain.problem.x[most])


def _spread(look: Look, found: Omitted, wide: Wide) -> float:
    """The slopes' SD on the outcome's scale, for one unit of the column."""
    problem, theta = wide.found.problem, wide.found.theta
    at = evaluate(problem, theta, look.reml, with_gradient=False)
    sigma = np.sqrt(at.rss / (problem.rows - (problem.p if look.reml else 0)))
    for level, factor in zip(problem.levels, lambdas(problem, theta), strict=True):
        if level.group == found.group and about(found.term) in level.terms:
            row = (level.to_raw @ factor)[level.terms.index(about(found.term))]
            return float(np.linalg.norm(row) * sigma / look.scales[found.term])
    return 0.0


def _errors(found: Refit, reml: bool) -> np.ndarray:
    """(p,) standard errors of the internal coefficients."""
    problem, p = found.problem, found.problem.p
    at = evaluate(problem, found.theta, reml, with_gradient=False)
    dof = problem.rows - (p if reml else 0)
    return np.sqrt(np.diag(np.linalg.inv(at.forward.products[:p, :p])) * at.rss / dof)


def _slope_verdict(slopes: tuple[Omitted, ...], tested: int) -> Verdict:
    if not tested:
        return Verdict(FINE, "No number among the predictors varies within a group without a slope "
                             "of its own there: no omitted slope was looked for.")  # fmt: skip
    if not slopes:
        return Verdict(
            FINE,
            f"No sign that a slope left out differs between groups ({tested} looked at, one at a "
            "time).",
        )
    told = [f"the effect of '{s.term}' differs between the groups of '{s.group}' (SD {s.size:.3g}, "
            f"p {_p(s.p)})" for s in slopes]  # fmt: skip
    worst = max(slopes, key=lambda s: s.wider)
    return Verdict(
        PROBLEM if worst.wider > WIDER else NOTE,
        f"Omitted random slope: {'; '.join(told)}. With it the standard error of '{worst.widest}' "
        f"is {worst.wider:.2f} times as large; add ({slopes[0].term} | {slopes[0].group}).",
    )


def _serial_verdict(serial: Omitted | None, look: Look, tested: bool) -> Verdict:
    if not tested:
        return Verdict(FINE, "Too few rows follow each other in a group: serial correlation was "
                             "not looked for.")  # fmt: skip
    order = f"ordered by '{look.ordered_by}'" if look.ordered_by else "in the data's own order"
    if serial is None:
        return Verdict(
            FINE,
            f"No sign of serial correlation in {look.pairs:,} pairs of neighbours within "
            f"'{look.rows.moments.groupings[0]}', {order}.",
        )
    over = f"over '{look.ordered_by}'" if look.ordered_by else "over their number or time"
    mend = f"; let residuals follow each other {over}"
    return Verdict(
        PROBLEM if serial.wider > WIDER else NOTE,
        f"Serial correlation: residuals of the same '{serial.group}' that follow each other "
        f"({order}) correlate by {serial.size:.2f} (p {_p(serial.p)}). A model that counts it "
        f"makes the standard error of '{serial.widest}' {serial.wider:.2f} times as large; "
        f"intervals of what changes within these groups are too narrow{mend}.",
    )


def _p(p: float) -> str:
    return "below .0001" if p < 1e-4 else f"{p:.4f}".lstrip("0")
