"""Every specification that one could defend, and what their results would be without an effect.

All share the rows that are complete for every one of them, so that they differ by choices and not
by rows; one set of sums serves all. Intervals are Satterthwaite's. The null: whole therapists, and
with them whole patients, are drawn with replacement, each specification's own effect taken off,
its variances held as fitted. Source: Simonsohn, Simmons & Nelson 2020,
doi:10.1038/s41562-020-0912-z.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from analysis.base.errors import RequestError
from analysis.models.criterion.by_group import (
    by_group,
    eliminate,
    fixed_basis,
    parents_of,
    relative_psi,
    sum_by,
)
from analysis.models.criterion.problem import Problem, build_problem
from analysis.models.language.design import INTERCEPT, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.models.linear.coefficients import satterthwaite, t_test
from analysis.models.linear.fit import Solution, solve
from analysis.questions.lab.building.choice import spelled
from analysis.questions.lab.sums import model_rows
from analysis.questions.opening import open_source
from analysis.store.place import Store
from analysis.store.sums.moments import moments

MOST = 2_000  # specifications: what a curve can show, and a minute or two
FEWEST_CLUSTERS = 10  # that are drawn: of fewer, draws say little of others
CLEAR = 1.96  # of a drawn t, as its interval's
GROUP = "therapist"

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class SpecificationQuestion:
    """What is varied. rows: 'treatment' or 'session'. outcomes, predictors: session variables.
    ways: of the predictor, over treatments 'early', 'mean', 'last', over sessions 'within',
    'patient', 'therapist'. covariates: each in or out. adjust: of 'none', 'before' (the early
    score; over sessions the score at the session before) and 'time' (sessions alone)."""

    dataset: str
    version: str
    outcomes: tuple[str, ...]
    predictors: tuple[str, ...]
    ways: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    adjust: tuple[str, ...] = ("none",)
    rows: str = "treatment"
    replicates: int = 500
    seed: int = 1
    store: Store | None = None

    @property
    def count(self) -> int:
        """How many specifications that makes."""
        each = (self.outcomes, self.predictors, self.ways, self.adjust)
        return int(np.prod([len(e) for e in each])) * 2 ** len(self.covariates)


@dataclass(frozen=True, slots=True)
class Specification:
    """choices: (what is chosen, as what). formula; estimate in SDs of the outcome for one SD of the
    predictor, with its 95 % interval; raw: in their units. rows used."""

    choices: tuple[tuple[str, str], ...]
    formula: str
    term: str
    estimate: float
    low: float
    high: float
    p: float
    raw: float
    rows: int


@dataclass(frozen=True, slots=True)
class Specifications:
    """found: by their estimate. median; agree: share with the median's sign; clear: share with it
    whose interval excludes zero. null_median, null_clear: in how many draws without an effect the
    median lay as far out, and as many were clear (None: too few therapists to draw). messages."""

    found: tuple[Specification, ...]
    median: float
    agree: float
    clear: float
    null_median: float | None
    null_clear: float | None
    replicates: int
    messages: tuple[str, ...]

    def tidy(self) -> list[dict]:
        """One row a specification: its choices by name, then formula and numbers."""
        names = ("formula", "term", "estimate", "low", "high", "p", "raw", "rows")
        return [dict(s.choices) | {n: getattr(s, n) for n in names} for s in self.found]


def specifications(question: SpecificationQuestion, progress: Progress | None = None):
    """Fits them all: Specifications. RequestError where nothing is varied, or too much."""
    _check(question)
    report = progress or (lambda share, sentence: None)
    found, draws, messages = [], [], []
    for k, outcome in enumerate(question.outcomes):
        sums = _sums(question, outcome)
        weights = _weights(sums, question)
        if weights is None:
            messages.append(
                f"Fewer than {FEWEST_CLUSTERS} therapists: what the results would be without an "
                "effect cannot be drawn"
            )
        asked = list(_choices(question, outcome))
        for i, (choices, x, term) in enumerate(asked):
            if i % 20 == 0:
                share = (k + i / len(asked)) / len(question.outcomes)
                report(share, f"Specification {i + 1:,} of {len(asked):,}")
            one = _fitted(sums, choices, x, term, weights)
            if one is not None:
                found.append(one[0])
                draws.append(one[1])
    return _gathered(question, found, draws, list(dict.fromkeys(messages)))


def _check(question: SpecificationQuestion) -> None:
    if 2 <= question.count <= MOST:
        return
    many = question.count > MOST
    raise RequestError(
        f"That makes {question.count:,} specifications",
        where="the choices",
        allowed=f"2 to {MOST:,}",
        next_step="vary less" if many else "name an outcome, a predictor, and something to vary",
    )


def outcome_term(question: SpecificationQuestion, outcome: str) -> str:
    """The outcome as the formulas have it."""
    return f"last({spelled(outcome)})" if question.rows == "treatment" else spelled(outcome)


def _adjustment(question: SpecificationQuestion, outcome: str, kind: str) -> str:
    before = "early" if question.rows == "treatment" else "lag"
    return {"none": "", "before": f"{before}({spelled(outcome)})", "time": "session"}[kind]


def _random(question: SpecificationQuestion) -> str:
    inner = "" if question.rows == "treatment" else "(1 | episode) + "
    return f"{inner}(1 | {GROUP})"


def _choices(question: SpecificationQuestion, outcome: str):
    """(choices, terms of the formula, the term asked about) of each specification."""
    sets = [
        c for n in range(len(question.covariates) + 1) for c in combinations(question.covariates, n)
    ]
    for x, way, kind, own in product(question.predictors, question.ways, question.adjust, sets):
        term = f"{way}({spelled(x)})"
        added = _adjustment(question, outcome, kind)
        terms = [term, *([added] if added else []), *map(spelled, own)]
        choices = [("outcome", outcome), ("predictor", x), ("way", way), ("adjusted for", kind)]
        choices += [(c, "in" if c in own else "out") for c in question.covariates]
        yield tuple(choices), terms, term


def _sums(question: SpecificationQuestion, outcome: str) -> Moments:
    """One set of sums with the columns of every specification of an outcome."""
    terms = dict.fromkeys(t for _, own, _ in _choices(question, outcome) for t in own)
    text = f"{outcome_term(question, outcome)} ~ {' + '.join(terms)} + {_random(question)}"
    parsed = parse_formula(text)
    with open_source(
        question.dataset, mentioned(parsed), question.version, question.store
    ) as opened:
        rows, design = model_rows(opened, parsed)
        return moments(rows, design, by=GROUP)


def _weights(sums: Moments, question: SpecificationQuestion) -> np.ndarray | None:
    """(R, G) how often each therapist is drawn."""
    groups = len(sums.gram) if sums.gram.ndim == 3 else 0
    if groups < FEWEST_CLUSTERS or not question.replicates:
        return None
    chance = np.random.default_rng(question.seed)
    share = np.full(groups, 1 / groups)
    return chance.multinomial(groups, share, question.replicates).astype(float)


def _fitted(sums: Moments, choices, terms: list[str], term: str, weights):
    """(Specification, drawn (estimates less its own in SDs, t) or None); None where it cannot be
    fitted: its predictor is a combination of the others."""
    names = [n.strip("`") for n in terms]
    x = [INTERCEPT, *(c for c in sums.design.x if c in terms or c.split("[")[0] in names)]
    own = replace(sums, gram=sums.total)
    problem = build_problem(own, tuple(dict.fromkeys(x)))
    if term not in problem.x:
        return None
    solution = solve(problem, True)
    j, products = problem.x.index(term), solution.evaluation.forward.products
    p = problem.p
    unit = np.linalg.inv(products[:p, :p])
    contrast = problem.x_to_raw[j : j + 1]
    raw = float((contrast @ solution.evaluation.beta)[0])
    se = float(np.sqrt(solution.sigma2 * (contrast @ unit @ contrast.T)[0, 0]))
    curvature = solution.settled.curvature
    known = (problem, solution.theta, solution.sigma2, contrast, True, curvature)
    _, pvalue, low, high = t_test(raw, se, float(satterthwaite(*known)[0]))
    size = _sd(sums, term) / _sd(sums, sums.names[-1])
    text = f"{sums.design.response.name} ~ {' + '.join(terms)} + " + " + ".join(
        f"(1 | {g})" for g in sums.groupings
    )
    one = Specification(
        choices, text, term, raw * size, low * size, high * size, pvalue, raw, sums.rows
    )
    return one, _drawn(sums, problem, solution, j, contrast[0, j] * size, weights)


def _sd(sums: Moments, name: str) -> float:
    k = sums.names.index(name)
    n, total = sums.rows, sums.total
    return float(np.sqrt(max(total[k, k] / n - (total[0, k] / n) ** 2, 0)) * sums.scale[k])


def _drawn(sums: Moments, problem: Problem, solution: Solution, j: int, scale: float, weights):
    """(R,) estimates less the fitted one, and their t, over draws of the outermost groups."""
    if weights is None:
        return None
    each = _products_by_group(sums, problem, solution)
    p = problem.p
    drawn = np.einsum("rg,gij->rij", weights, each)
    inverse = np.linalg.pinv(drawn[:, :p, :p], hermitian=True)
    beta = np.einsum("rij,rj->ri", inverse, drawn[:, :p, p])
    rss = drawn[:, p, p] - np.einsum("ri,ri->r", beta, drawn[:, :p, p])
    se = np.sqrt(np.maximum(rss, 0) / solution.dof * inverse[:, j, j])
    off = beta[:, j] - solution.evaluation.beta[j]
    return off * scale, off / np.where(se > 0, se, np.inf)


def _products_by_group(sums: Moments, problem: Problem, solution: Solution) -> np.ndarray:
    """(G, p + 1, p + 1) what each outermost group adds to [X y]'V^-1[X y]."""
    outermost = sums.groupings[-1]
    basis = fixed_basis(sums, problem)
    psis = relative_psi(sums, problem, solution.theta)
    s0 = sums.cross[:, :, sums.z]
    levels = eliminate(s0, sums.cross @ basis, parents_of(list(sums.codes)), psis)
    out = basis.T @ by_group(sums, outermost).gram @ basis
    place = None
    for level, codes in zip(levels, sums.codes, strict=True):
        loss = np.einsum("gza,gzw,gwb->gab", level.r, level.a, level.r, optimize=True)
        place = np.zeros(int(codes.max()) + 1, dtype=np.int64)
        place[codes] = sums.codes[-1]
        out -= sum_by(loss, place)
    return out


def _gathered(question, found, draws, messages) -> Specifications:
    if len(found) < 2:
        raise RequestError(
            "Fewer than two of the specifications can be fitted",
            where="the choices",
            allowed="predictors that are no combination of the others",
            next_step="vary something else",
        )
    estimates = np.array([s.estimate for s in found])
    median = float(np.median(estimates))
    sign = np.sign(median) or 1.0
    clear = [(s.low > 0 if sign > 0 else s.high < 0) for s in found]
    missing = question.count - len(found)
    if missing:
        messages.append(
            f"{missing:,} were left out: their predictor is a combination of their other terms"
        )
    null_median = null_clear = None
    if all(d is not None for d in draws) and draws:
        off = np.stack([d[0] for d in draws])
        t = np.stack([d[1] for d in draws])
        medians = np.median(off, axis=0)
        shares = np.maximum((t > CLEAR).mean(axis=0), (t < -CLEAR).mean(axis=0))
        n = len(medians)
        null_median = float((1 + (np.abs(medians) >= abs(median)).sum()) / (1 + n))
        null_clear = float((1 + (shares >= np.mean(clear)).sum()) / (1 + n))
    order = np.argsort(estimates, kind="stable")
    return Specifications(
        tuple(found[i] for i in order),
        median,
        float(np.mean(np.sign(estimates) == sign)),
        float(np.mean(clear)),
        null_median,
        null_clear,
        question.replicates if null_median is not None else 0,
        tuple(messages),
    )
