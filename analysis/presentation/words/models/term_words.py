"""A formula's term in words, by its variable's label."""

import re
from collections.abc import Mapping

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


def term_words(term: str, labels: Mapping[str, str]) -> str:
    """Worked: ('within(wai)', {'wai': 'WAI, total'}) -> 'WAI, total, within patients'."""
    if term.replace(" ", "") == "I(ending=='unplanned')":
        return "An unplanned ending (dropout)"
    called = _CALL.fullmatch(term.strip())
    if called and called[1] in _SAID:
        name = called[2].strip("`")
        return _SAID[called[1]].format(labels.get(name, name))
    name = term.strip("`")
    return labels.get(name, term)
