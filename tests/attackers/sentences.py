"""The sentences of a shared report of outcomes: each figure in them is a table's, said again, or is
read as one; a number that none of these patterns knows is refused.

What is said without a number (met, better, no clinic lies apart) is made of told figures
(docs/sharing.md) and adds nothing to them.
"""

import re
from collections.abc import Callable, Iterable

from tests.attackers import forms
from tests.attackers.forms import Unread
from tests.attackers.printed import ALL, Change, Printed
from tests.attackers.truth import COLUMNS, Truth

SHARE = r"((?:\d+ to )?\d+\u00a0% \(\d+ to \d+\u00a0%\))"
BOUND = r"((?:under |over |\d+ to )\d+\u00a0%)"
SPAN = r"(\d{4}(?: Q\d)?(?: to \d{4}(?: Q\d)?)?)"
SIGNED = r"([+−]?\d+)"
SHARES = {
    f"{SHARE} of the treatments improved reliably": "Reliable improvement",
    f"{SHARE} improved reliably": "Reliable improvement",
    f"{SHARE} deteriorated": "Reliable deterioration",
    f"{SHARE} of those who began as cases recovered": "Recovery",
    f"{SHARE} of all treatments ended as planned": ("planned", "episodes"),
}
SCORED = re.compile(
    rf"A first and a last score are there for (?:{SHARE}|{BOUND}) of the finished treatments"
)
BEGAN = re.compile(rf"(?:{SHARE}|{BOUND}) began within (\d+) weeks")
CHANGE = re.compile(
    rf"({'|'.join(COLUMNS)}) in {SPAN} was [a-z ]+ in {SPAN}: {SHARE} after {SHARE} "
    rf"\({SIGNED} points, 95 % interval {SIGNED} to {SIGNED}\)"
)
OF_ALL = re.compile(r"Of ([\d,]+) treatments with a first and a last ")
IF_NOBODY = re.compile(r"about (\d+)\u00a0% of all finished treatments would have improved")
CENTRE = re.compile(r"the usual ups and downs around (\d+)\u00a0%")
# The program's own, whatever the data; medians are read in `medians.py`.
OWN = re.compile(
    r"95 %|99\.8 %|(?:gives|with) more than 60 %|[Gg]roups of 1 to 7 patients"
    r"|\(sessions \d+ to \d+\)"
    r"|[^.:]*: a change of at least .*|[^.:]*: [\d.]+ or more counts as a case.*"
    r"|half of the patients had [\d.]+ (?:weeks |days )?or less"
    r"|Half of the finished treatments had [\d.]+ sessions or fewer"
    r"|With \d periods? the control limits are provisional: 8 or more|Source: .*"
    r"|Diamonds: England [\d-]+"
)


def read_sentence(text: str, names: Iterable[str], truth: Truth, printed: Printed) -> None:
    """Every figure of a sentence goes into `printed`. names: of rows and of what was measured,
    whose digits are no figures."""
    left = text
    for pattern, take in _PATTERNS:
        left = pattern.sub(lambda found, take=take: take(found, printed) or " ", left)
    left = OWN.sub(" ", left)
    for name in sorted((*names, *truth.labels), key=len, reverse=True):
        # Where a clinic is called 7, a 7 may be a count: only 'clinic 7' is a name.
        before = r"\bclinic " if name.isdigit() and len(name) < 4 else r"(?<![\w,.])"
        left = re.sub(rf"{before}{re.escape(name)}(?![\w])", " ", left) if name else left
    left = re.sub(SPAN, " ", left)
    if re.search(r"\d", left):
        raise Unread(f"'{left.strip()[:80]}' in '{text[:200]}'")


def _change(found: re.Match, printed: Printed) -> None:
    metric, later, earlier, after, before, *points = found.groups()
    ends = tuple(int(end.replace("−", "-")) for end in points)
    told = forms.share(before), forms.share(after)
    printed.changes.append(Change(ALL, printed.columns[metric], earlier, later, *told, ends))


def _began(found: re.Match, printed: Printed) -> None:
    told = forms.share(found[1] or found[2])
    printed.share(ALL, (f"over {found[3]}", "timed"), told and told.rest)


def _scored(found: re.Match, printed: Printed) -> None:
    told = forms.share(found[1] or found[2])
    printed.share(ALL, ("unscored", "finished"), told and told.rest)


def _if_nobody(found: re.Match, printed: Printed) -> None:
    """Both rates multiplied: nothing that they do not say."""
    left_over = printed.shares[(*ALL, "unscored", "finished")]
    whole = left_over and left_over.rest
    own = printed.shares[(*ALL, *printed.columns["Reliable improvement"])]
    if not whole or not own or abs(int(found[1]) - whole.low * own.low / 100) > 0.5 + 1e-9:
        raise Unread(f"about {found[1]} % of {whole} and {own}")


def _centre(found: re.Match, printed: Printed) -> None:
    """Of the periods' rates, weighed by their told sizes."""
    rates = [s for (by, *_), s in printed.shares.items() if by == "period" and s and s.is_rate]
    if not min(s.low for s in rates) <= int(found[1]) <= max(s.low for s in rates):
        raise Unread(f"a centre of {found[1]} %")


def _of(of: str | tuple[str, str]) -> Callable[[re.Match, Printed], None]:
    def take(found: re.Match, printed: Printed) -> None:
        printed.share(ALL, printed.columns[of] if isinstance(of, str) else of, found[1])

    return take


def _of_all(found: re.Match, printed: Printed) -> None:
    printed.count(ALL, "measured", found[1])


_PATTERNS = [
    (CHANGE, _change),
    (BEGAN, _began),
    (SCORED, _scored),
    *((re.compile(pattern), _of(of)) for pattern, of in SHARES.items()),
    (OF_ALL, _of_all),
    (IF_NOBODY, _if_nobody),
    (CENTRE, _centre),
]
