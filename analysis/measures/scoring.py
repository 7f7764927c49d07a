"""From the answers to single items to the total of an instrument."""

import numpy as np

from analysis.base.errors import RequestError
from analysis.measures.instruments import Instrument, MissingRule, Subscale


def total(items, instrument: Instrument, *, keyed: bool = False) -> np.ndarray:
    """The instrument's total for each row of answers.

    items: (rows, instrument.items), NaN for a missing answer, in the instrument's order.
    keyed: True when reversed items have been turned round already.
    Returns (rows,): NaN where more items are missing than the instrument's rule allows.
    RequestError: a wrong number of columns, an answer outside the range, an instrument without
    a total (DASS-21 has subscales only), or unknown reversed items and not `keyed`.
    Worked: PHQ-9 answers 1,1,1,1,1,1,1,1,1 -> 9; with one missing -> NaN (it has no rule).
    """
    if instrument.scoring == "subscale sum times 2":
        raise _refused(instrument, "it has subscales and no total", "score its subscales")
    answers = _answers(items, instrument, keyed)
    filled = _filled(answers, instrument.missing, instrument)
    return _score(filled, instrument)


def subscale(items, instrument: Instrument, name: str, *, keyed: bool = False) -> np.ndarray:
    """The subscale `name` for each row of answers to the whole instrument; as `total`.

    As many of its items may be missing as its own `most_missing` says (none when it says
    nothing); the mean of its answered items stands for them.
    Worked: DASS-21 depression, all seven items 1 -> 14.
    """
    found = [s for s in instrument.subscales if s.name == name]
    if not found or not found[0].items:
        known = ", ".join(s.name for s in instrument.subscales if s.items) or "none"
        raise _refused(
            instrument, f"the items of a subscale '{name}' are not known", f"choose among: {known}"
        )
    answers = _answers(items, instrument, keyed)[:, _positions(found[0])]
    rule = MissingRule("prorate", found[0].most_missing or 0)
    return _score(_filled(answers, rule, instrument), instrument)


def turned(items, instrument: Instrument) -> np.ndarray:
    """The answers with the reversed items turned round: lowest + highest − answer.

    Worked: HAQ-II item 4 answered 6 (range 1–6) -> 1.
    """
    answers = np.array(items, dtype=float)
    positions = [number - 1 for number in instrument.reversed or ()]
    answers[:, positions] = sum(instrument.item_range) - answers[:, positions]
    return answers


def _answers(items, instrument: Instrument, keyed: bool) -> np.ndarray:
    answers = np.atleast_2d(np.array(items, dtype=float))
    if answers.shape[1] != instrument.items:
        raise _refused(
            instrument, f"it has {instrument.items} items, not {answers.shape[1]}", "give them all"
        )
    low, high = instrument.item_range
    if np.any((answers < low) | (answers > high)):
        raise _refused(
            instrument, f"an answer lies outside {low:g} to {high:g}", "correct or remove it"
        )
    if keyed:
        return answers
    if instrument.reversed is None:
        raise _refused(
            instrument,
            "which of its items are reversed is not known here",
            "turn them round yourself and say keyed=True",
        )
    return turned(answers, instrument)


def _filled(answers: np.ndarray, rule: MissingRule, instrument: Instrument) -> np.ndarray:
    """Answers with missing ones replaced by the rule; rows beyond the rule are all NaN."""
    missing = np.isnan(answers)
    count = missing.sum(axis=1)
    filled = np.array(answers)
    if rule.rule == "prorate":
        filled = _by_mean(filled, np.ones(answers.shape[1], dtype=bool), rule.rounded)
    elif rule.rule == "subscale mean":
        # Subscales whose items are not known stay as they are: their totals become NaN.
        for part in (s for s in instrument.subscales if s.items):
            members = np.isin(np.arange(answers.shape[1]), _positions(part))
            filled = _by_mean(filled, members, rule.rounded)
    most = 0 if rule.rule == "none" else rule.most
    filled[count > most] = np.nan
    return filled


def _by_mean(answers: np.ndarray, members: np.ndarray, rounded: bool) -> np.ndarray:
    """Missing answers among `members` replaced by the row's mean over its answered members."""
    part = answers[:, members]
    known = (~np.isnan(part)).sum(axis=1)
    mean = np.divide(
        np.nansum(part, axis=1), known, out=np.full(len(part), np.nan), where=known > 0
    )
    mean = np.floor(mean + 0.5) if rounded else mean  # half up, as by hand
    filled = np.array(answers)
    filled[:, members] = np.where(np.isnan(part), mean[:, None], part)
    return filled


def _score(filled: np.ndarray, instrument: Instrument) -> np.ndarray:
    if instrument.scoring == "mean":
        return filled.mean(axis=1)
    if instrument.scoring == "mean times 10":
        return 10 * filled.mean(axis=1)
    factor = 2 if instrument.scoring == "subscale sum times 2" else 1
    return factor * filled.sum(axis=1)


def _positions(part: Subscale) -> list[int]:
    return [number - 1 for number in part.items]


def _refused(instrument: Instrument, what: str, next_step: str) -> RequestError:
    return RequestError(
        f"The answers cannot be scored: {what}",
        where=f"instrument {instrument.name}",
        next_step=next_step,
    )
