"""A formula as a Choice: whatever no click makes is kept as it is written."""

import re
from collections.abc import Mapping
from itertools import product

from analysis.models.language.derived import PARTS, SUMMARIES, derived_of
from analysis.models.language.formula import Formula, RandomTerms, parse_formula
from analysis.models.language.products import Term
from analysis.questions.lab.building.choice import GROUPS, ROWS, Choice, Differing, Known, Predictor

_NAME = r"(`[^`]+`|[^\W\d][\w.]*)"
_CALLS = {
    "centred": re.compile(rf"center\(\s*{_NAME}\s*\)"),
    "parabola": re.compile(rf"poly\(\s*{_NAME}\s*,\s*2\s*\)"),
    "spline": re.compile(rf"ns\(\s*{_NAME}\s*,\s*df\s*=\s*3\s*\)"),
    "before": re.compile(rf"lag\(\s*{_NAME}\s*\)"),
    **{kind: re.compile(rf"{kind}\(\s*{_NAME}\s*(?:,\s*(\w+)\s*)?\)") for kind in SUMMARIES},
    "plain": re.compile(_NAME),
}
_PART = re.compile(rf"({'|'.join(PARTS)})\(\s*{_NAME}\s*\)")
_BASE = re.compile(rf"C\(\s*{_NAME}\s*,\s*Treatment\(\s*'([^']*)'\s*\)\s*\)")


def read(formula: str, names: Mapping[str, Known]) -> Choice:
    """The Choice that writes an equal formula. FormulaError where it cannot be read."""
    parsed = parse_formula(formula)
    single = [t[0] for t in parsed.fixed if len(t) == 1]
    predictors = _predictors(single, names)
    taken = {f for p in predictors for f in p.factors()}
    pairs = [set(t) for t in parsed.fixed if len(t) == 2]
    together, crossed = _together(predictors, pairs)
    further = [] if () in parsed.fixed else ["0"]
    further += [
        ":".join(t)
        for t in parsed.fixed
        if t and not (len(t) == 1 and _tidy(t[0]) in taken) and set(map(_tidy, t)) not in crossed
    ]
    further += [f"offset({text})" for text in parsed.offsets]
    differing, further_random = _random(parsed, taken)
    made = derived_of(parsed.response.replace("`", ""))
    rows = "treatment" if _over_treatments(parsed, predictors, names) else "session"
    rows = made.over if made and made.over in ROWS else rows
    outcome = parsed.response
    return Choice(
        outcome, rows, predictors, together, differing, tuple(further), tuple(further_random)
    )


def _tidy(factor: str) -> str:
    """Without the blanks that nobody means."""
    return re.sub(r"\s*([(),=])\s*", r"\1", factor.strip()).replace(",", ", ")


def _predictors(factors: list[str], names: Mapping[str, Known]) -> tuple[Predictor, ...]:
    """Those that clicks make, one a variable, in the formula's order; of a variable that enters in
    two ways the first."""
    found: dict[str, Predictor] = {}
    for factor in map(_tidy, factors):
        part = _PART.fullmatch(factor)
        if part:
            variable = part[2].strip("`")
            own = found.get(variable)
            if variable not in names or own and own.way != "parts":
                continue
            chosen = {*(own.parts if own else ()), part[1]}
            found[variable] = Predictor(variable, "parts", tuple(p for p in PARTS if p in chosen))
            continue
        read_one = _one(factor)
        if read_one and read_one.variable in names:
            found.setdefault(read_one.variable, read_one)
    return tuple(found.values())


def _one(factor: str) -> Predictor | None:
    based = _BASE.fullmatch(factor)
    if based:
        return Predictor(based[1].strip("`"), base=based[2])
    for way, call in _CALLS.items():
        named = call.fullmatch(factor)
        if named:
            second = (named[2] or "") if way in SUMMARIES else ""
            landmark, over = (int(second), "") if second.isdecimal() else (0, second)
            return Predictor(named[1].strip("`"), way, landmark=landmark, over=over)
    return None


def _together(predictors: tuple[Predictor, ...], pairs: list[set[str]]):
    """Pairs of variables of which all factors are multiplied, and those products."""
    written = [set(map(_tidy, pair)) for pair in pairs]
    together, crossed = [], []
    for k, one in enumerate(predictors):
        for other in predictors[k + 1 :]:
            wanted = [{a, b} for a, b in product(one.factors(), other.factors())]
            if wanted and all(pair in written for pair in wanted):
                together.append((one.variable, other.variable))
                crossed += wanted
    return tuple(together), crossed


def _random(parsed: Formula, taken: set[str]) -> tuple[tuple[Differing, ...], list[str]]:
    differing, further = [], []
    for random in parsed.random:
        slopes = [t for t in random.terms if t]
        plain = all(len(t) == 1 and _tidy(t[0]) in taken for t in slopes)
        fresh = random.groups[0] not in {d.group for d in differing}
        known = len(random.groups) == 1 and random.groups[0] in GROUPS and fresh
        if known and plain and random.correlated and () in random.terms:
            slopes_of = tuple(_tidy(t[0]) for t in slopes)
            differing.append(Differing(random.groups[0], slopes_of))
        else:
            further.append(_as_written(random))
    return tuple(sorted(differing, key=lambda d: GROUPS.index(d.group))), further


def _as_written(random: RandomTerms) -> str:
    def told(term: Term) -> str:
        return ":".join(term) or "1"

    zero = ["0"] if () not in random.terms else []
    bar = "|" if random.correlated else "||"
    return f"({' + '.join([*zero, *map(told, random.terms)])} {bar} {':'.join(random.groups)})"


def _over_treatments(parsed: Formula, predictors, names: Mapping[str, Known]) -> bool:
    """Whether no session is named but within what sums sessions up."""
    response = re.fullmatch(rf"(?:I\()?\s*(\w+)\(?\s*{_NAME}?.*", parsed.response)
    outcome = parsed.response.strip("`")
    if outcome in names:
        above = names[outcome].unit != "session"
    else:
        above = bool(response and (response[1] in SUMMARIES or "ending" in parsed.response))
    return above and all(
        names[p.variable].unit != "session" or p.way in SUMMARIES for p in predictors
    )
