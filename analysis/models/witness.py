"""The same model fitted by statsmodels' MixedLM: a witness that shares no line with the engine.

It takes rows, not moments, so it is slow (a minute for 95,000 sessions), and it can do less: one
covariance matrix of several random terms, at the outermost group; every other random term on its
own. At the edge of what is possible (a variance of zero) its search stops beside the edge:
`boundary` says so, and its numbers then only show the neighbourhood. A correlation near 1 stops it
earlier still: where the engine reports a singular fit, don't compare closely.
Source: Lindstrom & Bates 1988, doi:10.1080/01621459.1988.10478693 (the profiled likelihood that
statsmodels maximises). Its log-likelihood has the same constants as lme4's, ML and REML.
Worked number: sleepstudy, `Reaction ~ Days + (Days | Subject)`, REML: criterion 1743.6283.
"""

import time
import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import LinAlgError
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec
from statsmodels.tools.sm_exceptions import ModelWarning

from analysis.base.errors import ModelError
from analysis.models.logistic.rows.random_block import RandomBlock

# A random term's share of the total variance below which statsmodels' search has run into zero:
# on Dyestuff2, whose truth is 0, it stops at 1e-5 of it.
BOUNDARY_SHARE = 1e-4
# Small enough that the criterion is exact to its ninth digit on the reference data.
SLOPE_AT_REST = 1e-6


@dataclass(frozen=True, slots=True)
class WitnessFit:
    """What statsmodels answers, on the scale of the rows given.

    criterion: REML criterion or -2 log-likelihood, comparable with lme4's. terms, beta, se (p,).
    random: (group, term, standard deviation) of each random term, in the order of the blocks.
    correlations: (group, term, term, r). sigma: residual standard deviation.
    boundary: a variance (or a combination of effects) ran into zero: don't compare closely.
    messages: the warnings that the library gave, each once.
    """

    method: str
    criterion: float
    terms: tuple[str, ...]
    beta: np.ndarray
    se: np.ndarray
    random: tuple[tuple[str, str, float], ...]
    correlations: tuple[tuple[str, str, str, float], ...]
    sigma: float
    converged: bool
    boundary: bool
    messages: tuple[str, ...]
    seconds: float


def witness(
    y: np.ndarray,
    x: np.ndarray,
    terms: tuple[str, ...],
    blocks: tuple[RandomBlock, ...],
    method: str = "REML",
) -> WitnessFit:
    """Fit y (N,) on x (N, p), the fixed effects `terms`, with nested random `blocks` in any order.

    No value may be missing: leave such rows out first, as the engine does. ModelError where
    MixedLM has no such model (the message says what it can do) or fails on the data.
    """
    began = time.perf_counter()
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    blocks = _numbered(blocks)
    _check(y, x, blocks)
    outer = _outermost(blocks)
    order = np.argsort(outer.codes, kind="stable")
    # MixedLM searches badly when a column's size is far from one; the answer is scaled back.
    y_scale, x_scale = float(np.std(y)), _size(x)
    z_scales = [_size(block.z) for block in blocks]
    scaled = [
        replace(b, z=b.z[order] / s, codes=b.codes[order])
        for b, s in zip(blocks, z_scales, strict=True)
    ]
    lead = next(i for i, block in enumerate(blocks) if block is outer)
    spec = _variance_components(scaled, lead)
    fitted, messages = _run(
        y[order] / y_scale, x[order] / x_scale, scaled[lead], spec, method == "REML"
    )
    covariances = _covariances(fitted, scaled, lead)
    boundary = _at_boundary(covariances, scaled, float(fitted.scale))
    raw = [c * y_scale**2 / np.outer(s, s) for c, s in zip(covariances, z_scales, strict=True)]
    n, p = x.shape
    criterion = -2 * float(fitted.llf) + 2 * (n - (p if method == "REML" else 0)) * np.log(y_scale)
    if method == "REML":
        criterion += 2 * float(np.log(x_scale).sum())
    return WitnessFit(
        method=method,
        criterion=float(criterion),
        terms=tuple(terms),
        beta=np.asarray(fitted.fe_params) * y_scale / x_scale,
        se=_standard_errors(fitted) * y_scale / x_scale,
        random=_standard_deviations(blocks, raw),
        correlations=_correlations(blocks, raw),
        sigma=float(np.sqrt(fitted.scale)) * y_scale,
        converged=bool(fitted.converged),
        boundary=boundary,
        messages=messages,
        seconds=time.perf_counter() - began,
    )


def _numbered(blocks: tuple[RandomBlock, ...]) -> tuple[RandomBlock, ...]:
    """Groups as whole numbers from 0, so that order and comparison are certain."""
    return tuple(
        replace(
            block,
            codes=np.unique(np.asarray(block.codes), return_inverse=True)[1].reshape(-1),
            z=np.asarray(block.z, dtype=float),
        )
        for block in blocks
    )


def _check(y: np.ndarray, x: np.ndarray, blocks: tuple[RandomBlock, ...]) -> None:
    columns = [y[:, None], x, *(block.z for block in blocks)]
    if not all(np.isfinite(c).all() for c in columns):
        raise ModelError(
            "The second witness was given rows with missing values",
            where="the model's variables",
            allowed="complete rows",
            next_step="leave out the rows with a missing value",
        )
    if np.ptp(y) == 0:
        raise ModelError(
            "The outcome is constant: there is nothing to explain",
            where="the outcome",
            allowed="an outcome that varies",
            next_step="choose another outcome or other rows",
        )
    if not blocks:
        raise _cannot("a model without random effects")


def _outermost(blocks: tuple[RandomBlock, ...]) -> RandomBlock:
    """The block that becomes MixedLM's own; ModelError where one such block is not enough."""
    fewest = min(int(block.codes.max()) for block in blocks)
    top = next(block for block in blocks if int(block.codes.max()) == fewest)
    inner = [block for block in blocks if not _contains(block.codes, top.codes)]
    if inner:
        raise _cannot(f"crossed groups ('{top.group}' and '{inner[0].group}')")
    at_top = [block for block in blocks if _contains(top.codes, block.codes)]
    correlated = [block for block in blocks if len(block.terms) > 1]
    if any(block not in at_top for block in correlated):
        inside = next(block.group for block in correlated if block not in at_top)
        raise _cannot(f"correlated random terms within '{inside}', an inner group")
    if len(correlated) > 1:
        raise _cannot(f"two sets of correlated random terms of '{top.group}'")
    return correlated[0] if correlated else at_top[0]


def _contains(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Whether each inner group lies within one outer group."""
    pairs = len(np.unique(np.stack([inner, outer]), axis=1).T)
    return pairs == int(inner.max()) + 1


def _cannot(what: str) -> ModelError:
    return ModelError(
        f"statsmodels' MixedLM cannot fit {what}, so there is no second witness for this model",
        where="the random effects",
        allowed="nested groups, with correlated random terms at the outermost group only, once",
        next_step="write the inner random terms with '||', or compare with R's lme4",
    )


def _size(columns: np.ndarray) -> np.ndarray:
    """Root mean square of each column; 1 for a column of zeros."""
    size = np.sqrt(np.mean(columns**2, axis=0))
    return np.where(size > 0, size, 1.0)


def _variance_components(blocks: list[RandomBlock], lead: int) -> VCSpec | None:
    """One variance for each single random term, as one column for each group within each
    outermost group. The rows are sorted by the outermost group."""
    others = [block for i, block in enumerate(blocks) if i != lead]
    if not others:
        return None
    ends = np.flatnonzero(np.diff(blocks[lead].codes)) + 1
    names, columns, matrices = [], [], []
    for block in others:
        parts = []
        for codes, z in zip(
            np.split(block.codes, ends), np.split(block.z[:, 0], ends), strict=True
        ):
            groups, position = np.unique(codes, return_inverse=True)
            matrix = np.zeros((len(codes), len(groups)))
            matrix[np.arange(len(codes)), position.reshape(-1)] = z
            parts.append(matrix)
        names.append(f"{block.group}|{block.terms[0]}")
        matrices.append(parts)
        columns.append([[str(k) for k in range(part.shape[1])] for part in parts])
    return VCSpec(names, columns, matrices)


def _run(y, x, lead: RandomBlock, spec: VCSpec | None, reml: bool):
    """The fitted results and the warnings' texts, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = MixedLM(y, x, lead.codes, exog_re=lead.z, exog_vc=spec)
            # Where the first line search gives up, Powell's search finds the way on.
            fitted = model.fit(reml=reml, method=["bfgs", "powell", "bfgs"], gtol=SLOPE_AT_REST)
            finite = np.isfinite(fitted.llf) and np.isfinite(_standard_errors(fitted)).all()
        except (LinAlgError, ValueError, FloatingPointError):
            finite = False
    if not finite:
        raise ModelError(
            "statsmodels' MixedLM found no answer for this model",
            where="the second witness",
            allowed="data that identify every term of the model",
            next_step="try a simpler random part, or compare with R's lme4",
        )
    told = [str(w.message) for w in caught if issubclass(w.category, ModelWarning)]
    return fitted, tuple(dict.fromkeys(told))


def _standard_errors(fitted) -> np.ndarray:
    """(p,) with the variances held at their estimates, as lme4 reports them: MixedLM's own errors
    invert the information of coefficients and variances together and differ by up to 9 %."""
    hessian, _ = fitted.model.hessian(fitted.params_object)
    p = len(fitted.fe_params)
    return np.sqrt(np.diag(np.linalg.inv(-np.asarray(hessian)[:p, :p])))


def _covariances(fitted, blocks: list[RandomBlock], lead: int) -> list[np.ndarray]:
    """The covariance matrix (q, q) of each block, on the scaled columns."""
    single = iter(np.atleast_1d(np.asarray(fitted.vcomp, dtype=float)))
    return [
        np.asarray(fitted.cov_re, dtype=float) if i == lead else np.array([[next(single)]])
        for i in range(len(blocks))
    ]


def _at_boundary(covariances, blocks: list[RandomBlock], residual: float) -> bool:
    """Whether a combination of random effects has next to no part in the total variance."""
    parts = [
        float(np.mean(np.einsum("ni,ij,nj->n", block.z, covariance, block.z)))
        for block, covariance in zip(blocks, covariances, strict=True)
    ]
    # The columns have size one, so an eigenvalue is a variance in the outcome's units.
    smallest = min(float(np.linalg.eigvalsh(covariance).min()) for covariance in covariances)
    return smallest < BOUNDARY_SHARE * (sum(parts) + residual)


def _standard_deviations(blocks, covariances) -> tuple[tuple[str, str, float], ...]:
    return tuple(
        (block.group, term, float(np.sqrt(max(covariance[i, i], 0.0))))
        for block, covariance in zip(blocks, covariances, strict=True)
        for i, term in enumerate(block.terms)
    )


def _correlations(blocks, covariances) -> tuple[tuple[str, str, str, float], ...]:
    out = []
    for block, covariance in zip(blocks, covariances, strict=True):
        sd = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        for i in range(len(sd)):
            for j in range(i + 1, len(sd)):
                if sd[i] * sd[j] > 0:
                    r = float(covariance[i, j] / (sd[i] * sd[j]))
                    out.append((block.group, block.terms[i], block.terms[j], r))
    return tuple(out)
