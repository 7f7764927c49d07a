"""What is to be said of a logistic fit: what was left out, zero or wide variances, few events."""

import numpy as np

from analysis.models.fit import SINGULAR, zero_sentence
from analysis.models.logistic.random_block import RandomBlock
from analysis.models.result import Status

FEW_EVENTS = 10  # for each effect: Peduzzi et al. 1996, doi:10.1016/S0895-4356(96)00236-3
WIDE = 3.0  # SD on the logit scale: groups from .05 to .95 and beyond


def logistic_status(y, columns, blocks, found, crossings) -> Status:
    """columns, found: the Columns and Found of logistic.py."""
    messages = [crossing.sentence() for crossing in crossings]
    messages += [
        f"'{name}' was left out: it is constant or a combination of the terms before it"
        for name in columns.dropped
    ]
    singular = False
    for block, factor in zip(blocks, found.factors, strict=True):
        sd = np.sqrt((factor**2).sum(axis=1))
        zero = [t for t, s in zip(block.terms, sd, strict=True) if s < SINGULAR]
        messages += [zero_sentence(block.group, term) for term in zero]
        flat = not zero and np.linalg.svd(factor, compute_uv=False).min() < SINGULAR * sd.max()
        if flat:
            messages.append(
                f"The random effects of '{block.group}' are perfectly correlated (singular fit); a "
                "simpler random part would do"
            )
        singular = singular or bool(zero) or flat
        messages += _wide_sentences(y, block, sd)
    fewer = int(min(y.sum(), len(y) - y.sum()))
    if fewer < FEW_EVENTS * len(columns.terms):
        messages.append(
            f"The rarer outcome occurs in {fewer:,} rows, fewer than {FEW_EVENTS} for each of the "
            f"{len(columns.terms)} effects: estimates are unstable"
        )
    if not found.settled:
        messages.append(
            "The search for the estimates did not settle on one answer; do not rely on the numbers"
        )
    if not found.curved:
        messages.append(
            "Standard errors take the variances as known, because the likelihood is not curved "
            "enough in them: they are too small"
        )
    messages.append("Tests and intervals use the normal law (z), which is too sure with few groups")
    return Status(found.settled, bool(singular), tuple(messages))


def _wide_sentences(y, block: RandomBlock, sd: np.ndarray) -> list[str]:
    """Where groups hardly hold both outcomes, Laplace's approximation is rough."""
    if sd.max(initial=0.0) < WIDE:
        return []
    rows, happened = np.bincount(block.codes), np.bincount(block.codes, weights=y)
    one_sided = int(((happened == 0) | (happened == rows)).sum())
    return [
        f"Groups of '{block.group}' differ by an SD of {sd.max():.1f} on the logit scale; in "
        f"{one_sided:,} of {len(rows):,} every row has the same outcome, so the size of the "
        "differences is uncertain"
    ]
