"""Do estimates, intervals and tests keep their promises? Simulations whose truth is known.

    python -m benchmarks.simulations             # 1,000 sets a cell: some fifteen minutes
    python -m benchmarks.simulations --sets 100  # a look
    python -m benchmarks.simulations --sets 200 --predictions  # predicted effects alone: a minute

Cells: 8, 30 or 100 therapists with 10 to 30 patients each, a therapist share of the variance of 0,
.05 or .2; one outcome a patient, total variance 1. y = .3 x + 0 w + u + e, x measured on patients,
w on therapists; fitted: y ~ x + w + (1 | therapist), REML. Coverage of the effect of w is one minus
the error rate of its test, since adding a multiple of w to y moves the estimate by as much.
Design and Monte-Carlo errors after Morris, White & Crowther 2019, doi:10.1002/sim.8086.
"""

import argparse
import multiprocessing
import os
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.inference.intervals.parametric import parametric_bootstrap
from analysis.models.inference.intervals.predicted import predicted_effects
from analysis.models.inference.testing.compare import variance_tests
from analysis.models.linear.fit import fit_moments
from analysis.questions.lab.sums import formula_sums

FORMULA = "y ~ x + w + (1 | therapist)"
TRUTH = {"(Intercept)": 0.0, "x": 0.3, "w": 0.0}
CELLS = tuple(product((8, 30, 100), (0.0, 0.05, 0.2)))
METHODS = ("satterthwaite", "kenward-roger")
# The calibration's cell, and its refits: the truth takes one of 100 ranks, in ten bins.
CALIBRATED, REFITS, BINS = (30, 0.2), 99, 10
STARTS = (0.01, 1.0, 10.0)  # of the second optimiser, which needs no gradient
SEARCHED = 20  # sets a cell


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--predictions", action="store_true", help="predicted effects alone")
    options = parser.parse_args()
    sets = options.sets
    if options.predictions:
        jobs = [(*cell, seed) for cell in CELLS if cell[1] for seed in range(sets)]
        print(markdown(predictions(pd.DataFrame(map(predicted_set, jobs)))))
        return
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one process a core
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        jobs = [(*cell, seed) for cell in CELLS for seed in range(sets)]
        found = pd.DataFrame(pool.imap(one_set, jobs, chunksize=20))
        seeds = range(max(sets * 3 // 10, 20))
        ranks = pd.DataFrame(pool.imap(ranks_of_truth, seeds, chunksize=5))
        searched = pd.DataFrame(pool.imap(spread_of_minima, [j for j in jobs if j[2] < SEARCHED]))
    print(f"{sets:,} sets a cell, seeds 0 to {sets - 1}\n")
    for heading, table in (
        ("T5: two optimisers, four searches", searches(searched)),
        ("T9: bias", bias(found)),
        ("T10, T11: coverage of 95 % intervals, and errors of the test of w", coverage(found)),
        ("T12: the test of a variance that is zero", variance_test(found)),
        ("T13: 95 % intervals of predicted therapist effects", predictions(found)),
        ("T14: rank of the truth among refits of the parametric bootstrap", calibration(ranks)),
    ):
        print(f"### {heading}\n\n{markdown(table)}\n")


def one_set(job: tuple[int, float, int]) -> dict:
    """Everything that is asked of one data set, as one row."""
    therapists, share, seed = job
    frame, effects = made(therapists, share, seed)
    sums = _sums(frame)
    row = dict(therapists=therapists, share=share)
    for method in METHODS:
        fit = fit_moments(sums, df=method)
        for f in fit.fixed:
            row[f"{f.term} {method}"] = f.low <= TRUTH[f.term] <= f.high
            row[f"{f.term}"] = f.estimate
            row[f"{f.term} se"] = f.se
        row["w p " + method] = next(f.p for f in fit.fixed if f.term == "w")
    row |= dict(tau2=fit.random[0].sd ** 2, sigma2=fit.sigma**2, singular=fit.status.singular)
    row["converged"] = fit.status.converged
    test = variance_tests(sums).tests[0]
    row |= dict(lrt=test.statistic, lrt_p=test.p)
    return row | _inside(sums, effects)


def predicted_set(job: tuple[int, float, int]) -> dict:
    """How often the intervals of predicted effects hold the truth in one data set."""
    frame, effects = made(*job)
    sums = _sums(frame)
    return dict(therapists=job[0], share=job[1]) | _inside(sums, effects)


def _inside(sums, effects: dict[str, float]) -> dict:
    """predicted: share of intervals that hold the true effect, NaN where none is shown (a variance
    of zero). width: their mean half-width over that of the prior alone."""
    found = predicted_effects(sums)[0]
    if not found.prior[0]:
        return dict(predicted=np.nan, width=np.nan)
    rows = found.tidy()
    inside = [r["low"] <= effects[r["name"]] <= r["high"] for r in rows]
    widths = [(r["high"] - r["low"]) / 2 for r in rows]
    return dict(
        predicted=float(np.mean(inside)),
        width=float(np.mean(widths) / (stats.norm.ppf(0.975) * found.prior[0])),
    )


def made(therapists: int, share: float, seed: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """One row a patient (y, x, w, therapist), and each therapist's true effect."""
    rng = np.random.default_rng([therapists, int(1000 * share), seed])
    of = np.repeat(np.arange(therapists), rng.integers(10, 31, therapists))
    u = np.sqrt(share) * rng.normal(size=therapists)
    x, w = rng.normal(size=len(of)), rng.normal(size=therapists)[of]
    y = TRUTH["x"] * x + TRUTH["w"] * w + u[of] + np.sqrt(1 - share) * rng.normal(size=len(of))
    names = [f"t{i}" for i in range(therapists)]
    frame = pd.DataFrame(dict(y=y, x=x, w=w, therapist=np.array(names)[of]))
    return frame, dict(zip(names, u, strict=True))


def ranks_of_truth(seed: int) -> dict:
    """Where the truth falls among the refits of outcomes drawn from the fit, 0 to REFITS."""
    therapists, share = CALIBRATED
    sums = _sums(made(therapists, share, 1_000_000 + seed)[0])
    drawn = parametric_bootstrap(sums, replicates=REFITS, seed=seed)
    truth = [TRUTH["(Intercept)"], TRUTH["x"], TRUTH["w"], np.sqrt(share), np.sqrt(1 - share)]
    names = [" ".join(filter(None, (i.group, i.term))) for i in drawn.intervals]
    return {n: int((drawn.draws[:, j] < truth[j]).sum()) for j, n in enumerate(names)}


def spread_of_minima(job: tuple[int, float, int]) -> dict:
    """How far apart the criterion's minima lie: ours, and the simplex search's from three starts
    (Nelder & Mead 1965, doi:10.1093/comjnl/7.4.308)."""
    sums = _sums(made(*job)[0])
    problem = build_problem(sums)

    def criterion(theta: np.ndarray) -> float:
        return evaluate(problem, theta, True, with_gradient=False).value

    options = {"xatol": 1e-8, "fatol": 1e-10}
    found = [
        optimize.minimize(criterion, [s], method="Nelder-Mead", options=options) for s in STARTS
    ]
    fit = fit_moments(sums)
    ours = criterion(np.array([fit.random[0].sd / fit.sigma]))
    return dict(
        therapists=job[0], share=job[1], spread=float(np.ptp([ours, *(f.fun for f in found)]))
    )


def searches(found: pd.DataFrame) -> list[dict]:
    return [
        {"therapists": j, "share": s, "sets": len(cell), "largest spread": f"{max(cell):.1e}"}
        for (j, s), cell in found.groupby(["therapists", "share"])["spread"]
    ]


def bias(found: pd.DataFrame) -> list[dict]:
    """Mean error over Monte-Carlo error; variances relative to their truth."""
    rows = []
    for (therapists, share), cell in found.groupby(["therapists", "share"]):
        row = {"therapists": therapists, "share": share}
        for term, truth in TRUTH.items():
            error = cell[term] - truth
            row[f"{term}: error / MCSE"] = f"{error.mean() / _mcse(error):.1f}"
            row[f"{term}: error / SD"] = f"{error.mean() / error.std():+.3f}"
        between = cell["tau2"].mean()
        row["between variance"] = f"{between / share - 1:+.1%}" if share else f"{between:.4f}"
        row["residual variance"] = f"{cell['sigma2'].mean() / (1 - share) - 1:+.2%}"
        row["singular"] = f"{cell['singular'].mean():.0%}"
        rows.append(row)
    return rows


def coverage(found: pd.DataFrame) -> list[dict]:
    rows = []
    for (therapists, share), cell in found.groupby(["therapists", "share"]):
        row = {"therapists": therapists, "share": share}
        for method in METHODS:
            for term in TRUTH:
                row[f"{term}, {method}"] = f"{cell[f'{term} {method}'].mean():.3f}"
            row[f"p < .05 for w, {method}"] = f"{(cell[f'w p {method}'] < 0.05).mean():.3f}"
        rows.append(row)
    return rows


def variance_test(found: pd.DataFrame) -> list[dict]:
    """Where the truth is zero: p below .5 (a positive statistic) must be uniform there."""
    rows = []
    for therapists, cell in found[found["share"] == 0].groupby("therapists"):
        positive = cell.loc[cell["lrt"] > 1e-8, "lrt_p"]
        rows.append(
            {
                "therapists": therapists,
                "statistic positive": f"{len(positive) / len(cell):.3f}",
                "p < .05": f"{(cell['lrt_p'] < 0.05).mean():.3f}",
                "KS p, positive half": f"{stats.kstest(2 * positive, 'uniform').pvalue:.3f}",
            }
        )
    return rows


def predictions(found: pd.DataFrame) -> list[dict]:
    return [
        {
            "therapists": j,
            "share": s,
            "sets with intervals": f"{cell['predicted'].notna().mean():.3f}",
            "truth inside": f"{cell['predicted'].mean():.3f}",
            "width over the prior's": f"{cell['width'].mean():.2f}",
        }
        for (j, s), cell in found[found["share"] > 0].groupby(["therapists", "share"])
    ]


def calibration(ranks: pd.DataFrame) -> list[dict]:
    rows = []
    for name in ranks:
        counts = np.histogram(ranks[name], bins=BINS, range=(0, REFITS + 1))[0]
        p = stats.chisquare(counts).pvalue
        rows.append(
            {
                "parameter": name,
                "sets": len(ranks),
                "chi-square p": f"{p:.3f}",
                "ranks by tenth": " ".join(map(str, counts)),
            }
        )
    return rows


def markdown(rows: list[dict]) -> str:
    head = "| " + " | ".join(rows[0]) + " |"
    line = "|" + " ---: |" * len(rows[0])
    return "\n".join([head, line, *("| " + " | ".join(map(str, r.values())) + " |" for r in rows)])


def _sums(frame: pd.DataFrame):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.parquet"
        frame.to_parquet(path)
        return formula_sums(FORMULA, path, with_labels=True)


def _mcse(errors: pd.Series) -> float:
    return errors.std() / np.sqrt(len(errors))


if __name__ == "__main__":
    main()
