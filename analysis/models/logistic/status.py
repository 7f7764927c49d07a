"""What is to be said of a logistic fit: what was left out, zero or wide variances, few events."""

import numpy as np

from analysis.models.linear.fit import SINGULAR, zero_sentence
from analysis.models.linear.identified import group_sentences
from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.maximum.convergence import Found
from analysis.models.logistic.rows.cells import Cells, Level
from analysis.models.logistic.rows.separation import ENDLESS
from analysis.models.result import Status

FEW_EVENTS = 10  # for each effect: Peduzzi et al. 1996, doi:10.1016/S0895-4356(96)00236-3
WIDE = 3.0  # SD on the logit scale: groups from .05 to .95 and beyond
LOADING = 0.2  # share of a flat direction from which a parameter is named
WHOLE = 1e-6  # of a number of events: closer to a whole one than a share's rounding


def logistic_status(cells: Cells, columns, got, crossings) -> Status:
    """columns, got: the Columns and Estimates of fit.py."""
    messages = [crossing.sentence() for crossing in crossings]
    messages += [
        f"'{name}' was left out: it is constant or a combination of the terms before it"
        for name in columns.dropped
    ]
    singular = False
    if got.found is not None:
        factors = thetas.factors(cells.levels, got.found.theta)
        for level, factor in zip(cells.levels, factors, strict=True):
            said = _singular_sentences(level, factor)
            singular = singular or bool(said)
            messages += said
        for k, (level, factor) in enumerate(zip(cells.levels, factors, strict=True)):
            messages += _wide_sentences(cells, k, level, factor)
        messages += group_sentences((v.group, v.groups) for v in cells.levels)
        messages += _flat_sentences(cells.levels, columns.terms, got.found)
    messages += _event_sentences(cells, len(columns.terms))
    if not got.settled:
        messages.append(
            "The search for the estimates did not settle on one answer; do not rely on the numbers"
        )
    if not got.curved:
        messages.append(
            "Standard errors take the variances as known, because the likelihood is not curved "
            "enough in them: they are too small"
        )
    messages.append("Tests and intervals use the normal law (z), which is too sure with few groups")
    return Status(got.settled, singular, tuple(messages))


def _singular_sentences(level: Level, factor: np.ndarray) -> list[str]:
    out = []
    for block in level.blocks:
        own = factor[np.ix_(block, block)]
        sd = np.sqrt((own**2).sum(axis=1))
        zero = [level.terms[i] for i, s in zip(block, sd, strict=True) if s < SINGULAR]
        if zero:
            out += [zero_sentence(level.group, term) for term in zero]
        elif np.linalg.svd(own, compute_uv=False).min() < SINGULAR:
            out.append(
                f"The random effects of '{level.group}' are perfectly correlated: the data do "
                "not carry that many of them (singular fit); a simpler random part would do"
            )
    return out


def _wide_sentences(cells: Cells, k: int, level: Level, factor: np.ndarray) -> list[str]:
    """Where groups hardly hold both outcomes, Laplace's approximation is rough. factor: on the
    internal scale, so that a slope counts by what it does to the rows' logits."""
    sd = np.sqrt((factor**2).sum(axis=1)).max(initial=0.0)
    if sd < WIDE:
        return []
    code = cells.codes[k][cells.unit]
    rows, happened = np.bincount(code, cells.size), np.bincount(code, cells.hits)
    one_sided = int(((happened == 0) | (happened == rows)).sum())
    if sd >= ENDLESS:
        return [
            f"The groups of '{level.group}' all but tell the outcome apart (near separation: in "
            f"{one_sided:,} of {len(rows):,} every row has the same outcome); the SD of {sd:,.0f} "
            "on the logit scale stands for 'very large' and its size says nothing"
        ]
    return [
        f"Groups of '{level.group}' differ by an SD of {sd:.1f} on the logit scale; in "
        f"{one_sided:,} of {len(rows):,} every row has the same outcome, so the size of the "
        "differences is uncertain"
    ]


def _flat_sentences(levels, terms: tuple[str, ...], found: Found) -> list[str]:
    """Parameters among which the likelihood does not choose."""
    if found.flat is None:
        return []
    names = [
        f"the variance of '{level.terms[block[row]]}' between groups of '{level.group}'"
        for level in levels
        for block in level.blocks
        for row in thetas.lower(len(block))[0]
    ]
    names += [f"the effect of '{term}'" for term in terms]
    size = np.abs(found.flat) / np.abs(found.flat).max()
    named = list(dict.fromkeys(n for n, s in zip(names, size, strict=True) if s > LOADING))
    return [f"The data do not tell apart {' and '.join(named)}: many values fit equally well"]


def _event_sentences(cells: Cells, effects: int) -> list[str]:
    out = []
    fewer = float(min(cells.hits.sum(), (cells.size - cells.hits).sum()))
    if fewer < FEW_EVENTS * effects:
        out.append(
            f"The rarer outcome occurs in {fewer:,.0f} rows, fewer than {FEW_EVENTS} for each of "
            f"the {effects} effects: estimates are unstable"
        )
    broken = int((np.abs(cells.hits - np.round(cells.hits)) > WHOLE).sum())
    if broken:
        out.append(
            f"In {broken:,} rows share times weight is no whole number of events; they count as "
            "they are"
        )
    return out
