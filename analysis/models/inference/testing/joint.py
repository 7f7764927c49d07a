"""F tests of several coefficients at once: all terms of a formula, or the terms one names.

Sources: Satterthwaite as in Kuznetsova, Brockhoff & Christensen 2017, doi:10.18637/jss.v082.i13
(type III, contestMD); Kenward & Roger 1997, doi:10.2307/2533558, as in Halekoh & Hojsgaard 2014,
doi:10.18637/jss.v059.i09 (KRmodcomp).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.base.errors import RequestError, did_you_mean
from analysis.models.criterion.crossed.build import problem_of
from analysis.models.criterion.fixed_part import independent
from analysis.models.criterion.problem import AnyProblem
from analysis.models.inference.margins.contrasts import Errors
from analysis.models.inference.testing.hypotheses import term_hypotheses
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.coefficients import KenwardRoger, kenward_roger_parts, satterthwaite
from analysis.models.linear.fit import Solution, solve


@dataclass(frozen=True, slots=True)
class FTest:
    """statistic ~ F(num_df, den_df) when the term's coefficients are all zero. scaling: Kenward
    and Roger's factor, already in the statistic; 1 otherwise."""

    term: str
    num_df: int
    den_df: float
    statistic: float
    p: float
    scaling: float = 1.0


@dataclass(frozen=True, slots=True)
class JointTests:
    """df_method: 'satterthwaite' or 'kenward-roger'. messages: sentences for the reader."""

    formula: str
    method: str
    df_method: str
    tests: tuple[FTest, ...]
    messages: tuple[str, ...] = ()

    def tidy(self) -> list[dict]:
        """One row a test: term, num_df, den_df, statistic, p."""
        names = ("term", "num_df", "den_df", "statistic", "p")
        return [{n: getattr(t, n) for n in names} for t in self.tests]


@dataclass(frozen=True, slots=True)
class Tested:
    """A fitted model whose terms are asked about. errors: what stands in for the covariance and
    Satterthwaite's degrees of freedom of a plain fit (residuals that are not independent), None
    for its own."""

    moments: Moments
    problem: AnyProblem
    solution: Solution
    errors: Errors | None = None


def solved(moments: Moments, method: str = "REML") -> Tested:
    """The model of `moments`, fitted."""
    problem = problem_of(moments)
    return Tested(moments, problem, solve(problem, method == "REML"))


def terms_of(fit: Tested, df: str = "satterthwaite") -> JointTests:
    """A type III test of each term of the formula, a category's indicators together.

    A term inside an interaction with a category is averaged over its levels, each counting
    alike; one inside an interaction with a number is taken where that number is zero.
    """
    design = fit.moments.design
    hypotheses, messages = term_hypotheses(design.columns, design.x, fit.problem.dropped)
    return _tests(fit, hypotheses, df, messages)


def terms_together(fit: Tested, terms: tuple[str, ...], df: str = "satterthwaite") -> JointTests:
    """One test that the coefficients `terms` (names as in a Fit) are all zero."""
    problem = fit.problem
    if unknown := [t for t in terms if t not in problem.x]:
        close = did_you_mean(unknown[0], problem.x)
        raise RequestError(
            f"The model has no coefficient '{unknown[0]}'" + (f"; {close}" if close else ""),
            where="the terms to test",
            allowed=", ".join(problem.x),
            next_step="name coefficients as the table of the fit does",
        )
    if not terms:
        raise RequestError(
            "No term was named to test", where="the terms to test", allowed=", ".join(problem.x)
        )
    matrix = np.array([[float(t == name) for name in fit.moments.design.x] for t in terms])
    return _tests(fit, [(", ".join(terms), matrix)], df, ())


def _tests(fit: Tested, hypotheses, df: str, messages) -> JointTests:
    moments, problem, solution = fit.moments, fit.problem, fit.solution
    method = "REML" if solution.reml else "ML"
    if df not in ("satterthwaite", "kenward-roger") or (df == "kenward-roger" and method == "ML"):
        raise RequestError(
            f"There is no F test with '{df}' degrees of freedom after {method}",
            where="option df",
            allowed="satterthwaite, or kenward-roger with REML",
        )
    kept = [moments.design.x.index(name) for name in problem.x]
    beta = problem.x_to_raw @ solution.evaluation.beta
    if INTERCEPT in problem.x:
        beta[problem.x.index(INTERCEPT)] += moments.centre[-1]
    unit = np.linalg.inv(solution.evaluation.forward.products[: problem.p, : problem.p])
    covariance = fit.errors.covariance if fit.errors else solution.sigma2 * unit
    names, matrices = [], []
    for name, matrix in hypotheses:
        own = matrix[:, kept]
        rows, _ = independent((own @ problem.x_to_raw).T, covariance)
        if rows:
            names.append(name)
            matrices.append(own[rows])
    if df == "kenward-roger":
        parts = kenward_roger_parts(problem, solution.theta, solution.sigma2)
        tests = [
            _kenward_roger_test(name, m @ problem.x_to_raw, m @ beta, parts)
            for name, m in zip(names, matrices, strict=True)
        ]
    else:
        tests = _satterthwaite_tests(fit, names, matrices, beta, covariance)
    return JointTests(moments.design.formula.text, method, df, tuple(tests), tuple(messages))


def _satterthwaite_tests(fit: Tested, names, matrices, beta, covariance) -> list[FTest]:
    """Each hypothesis as independent contrasts (the axes of its covariance), one df for each."""
    problem, solution = fit.problem, fit.solution
    rotated, squares = [], []
    for matrix in matrices:
        internal = matrix @ problem.x_to_raw
        size, axes = np.linalg.eigh(internal @ covariance @ internal.T)
        rotated.append(axes.T @ internal)
        squares.append((axes.T @ (matrix @ beta)) ** 2 / size)
    if not rotated:
        return []
    contrasts = np.concatenate(rotated)
    if fit.errors:
        all_df = fit.errors.degrees(contrasts)
    else:
        all_df = satterthwaite(problem, solution.theta, solution.sigma2, contrasts, solution.reml)
    tests, at = [], 0
    for name, t2 in zip(names, squares, strict=True):
        den = _denominator(all_df[at : at + len(t2)])
        at += len(t2)
        statistic = float(t2.mean())
        tests.append(FTest(name, len(t2), den, statistic, _p(statistic, len(t2), den)))
    return tests


def _denominator(df: np.ndarray) -> float:
    """One df for the mean of squared t values, by its expectation, the sum of df / (df - 2).

    Worked: df 10 and 20 -> E = 1.25 + 1.1111, 2E / (E - 2) = 13.08.
    """
    q = len(df)
    if np.isinf(df).all():
        return float("inf")
    if q == 1 or np.ptp(df) < 1e-8:
        return float(df.mean())
    if (df <= 2).any():
        return 2.0
    expected = float(np.sum(1 / (1 - 2 / df)))
    return 2 * expected / (expected - q)


def _kenward_roger_test(name: str, matrix, estimate, parts: KenwardRoger) -> FTest:
    """matrix (q, p) on the internal coefficients, full rank; estimate (q,) of its product."""
    q = len(matrix)
    wald = float(estimate @ np.linalg.solve(matrix @ parts.adjusted @ matrix.T, estimate)) / q
    theta = matrix.T @ np.linalg.solve(matrix @ parts.phi @ matrix.T, matrix)
    u = theta @ parts.phi @ parts.first @ parts.phi
    traces = np.trace(u, axis1=1, axis2=2)
    a1 = float(traces @ parts.w @ traces)
    a2 = float(np.einsum("ij,iab,jba->", parts.w, u, u))
    den, scaling = _kenward_roger_df(q, a1, a2)
    statistic = scaling * wald
    return FTest(name, q, den, statistic, _p(statistic, q, den), scaling)


def _kenward_roger_df(q: int, a1: float, a2: float) -> tuple[float, float]:
    """Denominator df m and scaling of F, from the two moments that are matched.

    With q = 1: A1 = A2 = A, m = 2 / A and the scaling is 1.
    """
    if a2 <= 0:
        return float("inf"), 1.0
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    common = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / common, (q - g) / common, (q + 2 - g) / common
    v0, v1, v2 = 1 + c1 * b, 1 - c2 * b, 1 - c3 * b
    v0 = 0.0 if abs(v0) < 1e-10 else v0
    ratio = 1.0 if abs(1 - a2 / q) < 1e-14 and abs(v1) < 1e-14 else (1 - a2 / q) / v1
    rho = ratio**2 * v0 / v2 / q
    den = 4 + (q + 2) / (q * rho - 1)
    # At m = 2 the factor is 0 / 0; pbkrtest takes 1 there.
    return den, 1.0 if abs(den - 2) < 1e-2 else den * (1 - a2 / q) / (den - 2)


def _p(statistic: float, num: int, den: float) -> float:
    if np.isinf(den):
        return float(special.chdtrc(num, num * statistic))
    return float(special.fdtrc(num, den, statistic))
