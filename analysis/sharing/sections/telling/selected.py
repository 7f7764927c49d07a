"""Whether a dataset has what a report is asked of it, and no more groups than can be judged."""

from collections.abc import Sequence

from analysis.base.errors import RequestError, did_you_mean
from analysis.questions.outcomes.rates import OpenTreatments, Outcomes
from analysis.store.queries.treatments.outcome_cells import Selection

# With more of one kind, the sets that a reader might narrow down are not gone through in a minute:
# 670 clinics of 100,000 treatments cost 9 s of a processor.
MOST_GROUPS = 2_000


def check_groups(found: Outcomes, by: Sequence[str]) -> None:
    """RequestError for a breakdown whose groups no reader could be tried on in minutes."""
    for name in by:
        groups = len(found.of(name))
        if groups > MOST_GROUPS:
            raise RequestError(
                f"A report to be shared tells of {MOST_GROUPS:,} groups of one kind at the most, "
                f"and this one would tell of {groups:,}",
                where=f"breakdown by {name}",
                allowed="all of them in an internal report",
                next_step="choose some of them, or leave the section out",
            )


def check_selected(treatments: OpenTreatments, selection: Selection) -> None:
    """RequestError for a clinic, model or severity that the dataset does not have."""
    for dimension, chosen in (
        ("clinic", selection.clinics),
        ("model", selection.models),
        ("severity", selection.severities),
    ):
        for name in set(chosen) - set(treatments.values(dimension)) if chosen else ():
            there = treatments.values(dimension)
            raise RequestError(
                f"No treatment has the {dimension} '{name[:40]}'",
                where="what the report is about",
                allowed=", ".join(there[:30]) or "none",
                next_step=did_you_mean(name, there) or "choose one of these",
            )
