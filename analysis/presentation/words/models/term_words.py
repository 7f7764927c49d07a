"""A formula's term in words, by its variable's label."""

import re
from collections.abc import Mapping

from analysis.models.language.products import split_top

_SAID = {
    "within": "{}, within patients",
    "patient": "{}, between patients",
    "therapist": "{}, between therapists",
    "clinic": "{}, between clinics",
    "lag": "{}, the session before",
    "early": "{}, early mean",
    "mean": "{}, mean of the treatment",
    "last": "{}, last value",
    "center": "{}, less its mean",
    "poly": "{}, parabola",
    "ns": "{}, spline",
}
_CALL = re.compile(r"(\w+)\(\s*(`[^`]+`|\w+)\s*(?:,[^()]*)?\)")


_LEVEL = re.compile(r"(.+)\[(.+)\]")
_TIME = {"session": "Session number", "weeks_since_intake": "Weeks since intake"}


def term_words(term: str, labels: Mapping[str, str]) -> str:
    """Worked: ('within(wai)', {'wai': 'WAI, total'}) -> 'WAI, total, within patients';
    'gender[female]' -> 'Gender: female'; 'a:b' -> 'A × B'."""
    if term.replace(" ", "") == "I(ending=='unplanned')":
        return "An unplanned ending (dropout)"
    factors = split_top(term, ":")
    if len(factors) > 1:
        return " × ".join(term_words(f, labels) for f in factors)
    called = _CALL.fullmatch(term.strip())
    level = _LEVEL.fullmatch(term.strip())
    if called and called[1] in _SAID:
        name = called[2].strip("`")
        return _SAID[called[1]].format(_label(name, labels))
    if level:
        return f"{_label(level[1], labels)}: {level[2]}"
    return _label(term.strip("`"), labels)


def _label(name: str, labels: Mapping[str, str]) -> str:
    return labels.get(name) or _TIME.get(name, name)
