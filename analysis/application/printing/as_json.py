"""Results as the JSON that the commands print (the keys are a contract: others parse them)."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.models.result import Fit, Status

if TYPE_CHECKING:  # each command loads its own result alone
    from analysis.models.logistic.result import LogisticFit
    from analysis.questions.partition.result import Partition
    from analysis.questions.pooling.exchange import MomentsFile


def dumps(answer: dict) -> str:
    """One JSON object as text; NaN and infinities become null, so that any parser reads it.

    Tuples become lists, numpy's numbers Python's, and what JSON has no form for (paths, dates)
    its text. Example: {"r": nan} -> '{"r": null}'.
    """
    # allow_nan=False: should a NaN ever slip past `plain`, an error is better than broken JSON.
    return json.dumps(plain(answer), allow_nan=False, indent=2)


def plain(value: Any) -> Any:
    """`value` in the types of JSON: dict, list, str, int, finite float, bool, None."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part) for part in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return plain(value.tolist())
    return str(value)


def fit_json(fit: "Fit | LogisticFit") -> dict:
    """The JSON of `fit`; one entry a term in `fixed`, one a standard deviation in `random`."""
    return {
        "formula": fit.formula,
        "family": fit.family,
        "weights": fit.weights or None,
        "method": fit.method,
        "df_method": fit.df_method,
        "criterion": fit.criterion,
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic,
        "bic": fit.bic if isinstance(fit, Fit) else None,
        "rows": fit.rows,
        "rows_dropped": fit.rows_dropped,
        "groups": fit.groups,
        "crossed": [_fields(c, ("inner", "outer", "several", "groups")) for c in fit.crossings],
        "fixed": [
            _fields(f, "term estimate se df statistic p low high".split()) for f in fit.fixed
        ],
        "random": [_fields(r, ("group", "term", "sd")) for r in fit.random],
        "correlations": [_fields(c, ("group", "term_1", "term_2", "r")) for c in fit.correlations],
        "sigma": fit.sigma,
        "residuals": asdict(fit.residuals) if isinstance(fit, Fit) and fit.residuals else None,
        "r2": {"marginal": fit.r2_marginal, "conditional": fit.r2_conditional},
        "status": _status(fit.status),
        "seconds": _fields(fit.seconds, ("moments", "fit", "total")),
    }


def logistic_json(fit: "LogisticFit") -> dict:
    """The JSON of `fit --family binomial`: as `fit_json`, on the logit scale (df null: z), with
    what counts as 1 and the odds ratios."""
    return fit_json(fit) | {
        **_fields(fit, ("event", "events", "trials", "quadrature")),
        "chances": _fields(fit.chances, ("observed", "typical", "population")),
        "margins": [asdict(m) for m in fit.margins],
        "chances_at": [
            _fields(c, ("variable", "value", "typical", "population")) for c in fit.chances_at
        ],
        "checks": fit.checks.tidy() if fit.checks else [],
        "odds_ratios": fit.odds_ratios(),
        "variance": fit.variance_shares(),
    }


def moments_json(site: "MomentsFile", path: Path) -> dict:
    """The JSON of `moments`: what was written, and how the rule for small groups was applied."""
    sums, told = site.sums, site.disclosure
    return {
        "file": str(path),
        "sha256": site.sha256,
        "formula": site.formula,
        "rows": sums.rows,
        "rows_dropped": sums.rows_dropped,
        "groups": dict(zip(sums.groupings, sums.groups, strict=True)),
        "levels": site.levels,
        "notes": site.notes,
        "disclosure": {
            **_fields(told, "patients counted_by least entries small_entries".split()),
            "small_cells": [{"variables": name, "cells": n} for name, n in told.small_cells],
            "small_allowed": told.allowed,
        },
    }


def partition_json(answer: "Partition") -> dict:
    """The JSON of `partition`; adjusted-for, block and unexplained shares sum to 1."""
    head = "dataset version synthetic question outcome".split()
    adjusted = answer.adjusted_for
    bounds = ("share", "low", "high")
    corrected = ("corrected", "corrected_low", "corrected_high", "reliability")
    effects = [
        f"{what}{end}" for what in ("effect", "true_effect") for end in ("", "_low", "_high")
    ]
    return {
        **_fields(answer, head),
        "adjusted_for": _fields(adjusted, ("variables", *bounds)) if adjusted else None,
        **_fields(answer, ("rows", "rows_out", "groups")),
        "blocks": [
            _fields(b, ("factor", "variables", *bounds, "alone", "last", *corrected))
            for b in answer.blocks
        ],
        "unexplained": [_fields(u, ("level", *bounds)) for u in answer.unexplained],
        "levels": [
            _fields(v, ("level", "factor", *bounds, *corrected, "needed", *effects))
            for v in answer.levels
        ],
        "landmark": _landmark(answer),
        "bootstrap": _fields(answer.bootstrap, ("replicates", "failed", "kind", "seed")),
        "status": _status(answer.status),
        "truth": answer.truth,
        "seconds": answer.seconds,
    }


def _landmark(answer: "Partition") -> dict | None:
    found = answer.landmark
    if found is None:
        return None
    names = "window chosen adjusted_for left_out treatments outlived reliability".split()
    return _fields(found, names)


def _fields(thing: Any, names) -> dict:
    return {name: getattr(thing, name) for name in names}


def _status(status: Status) -> dict:
    return _fields(status, ("converged", "singular", "messages"))
