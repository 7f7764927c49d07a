"""What is asked of open treatments, and what this clinic's finished ones must have to answer it."""

import re
from dataclasses import dataclass

from analysis.base.errors import RequestError
from analysis.store.place import Store

# Finished treatments with scores enough: with fewer a band or a chance is a guess with decimals.
FEWEST_TREATMENTS = 100
# Events and non-events among them: below, a chance learns from a handful of people (Riley et al.
# 2020, doi:10.1136/bmj.m441, ask for more than ten a feature; the features here are shrunk).
FEWEST_EVENTS = 20
# When risks are learnt and given: an open treatment is judged by the last one it has passed.
LANDMARKS = {"session": (*range(2, 13), 14, 16, 20), "week": (*range(1, 13), 14, 16, 20)}
HEADLINE = {"session": 4, "week": 4}


@dataclass(frozen=True, slots=True)
class ProgressQuestion:
    """What is asked; hashable.

    outcome: a session-level score, '' for the main one. reliable_change, cut_off: points, None for
    the instrument's. share: of treatments flagged, above 0 up to .5. landmark: when the signals are
    judged, '4' for the fourth session, '4w' for four weeks, '' for the default. model: an
    episode-level category, None for the treatment model. version: '' for the newest. store: where
    the dataset lies, None for this process's own.
    """

    dataset: str
    version: str = ""
    outcome: str = ""
    reliable_change: float | None = None
    cut_off: float | None = None
    share: float = 0.15
    landmark: str = ""
    model: str | None = None
    store: Store | None = None


def asked_landmark(text: str) -> tuple[str, int] | None:
    """('session' or 'week', number) of a landmark as asked, None for ''. Worked: '4w' -> week 4."""
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,3})(w?)", text.strip().lower())
    if not found or int(found[1]) < 1:
        raise RequestError(
            f"'{text}' is no landmark",
            where="option landmark",
            allowed="a session's number, as 4, or weeks since the first session, as 4w",
        )
    return ("week" if found[2] else "session"), int(found[1])


def check(question: ProgressQuestion) -> None:
    """RequestError where the question itself is wrong, whatever the data."""
    asked_landmark(question.landmark)
    if not 0 < question.share <= 0.5:
        raise RequestError(
            "The share flagged is not between 0 and .5",
            where="option share",
            allowed="above 0 up to 0.5: who flags more than half, flags nobody",
        )
