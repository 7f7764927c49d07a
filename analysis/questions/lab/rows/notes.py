"""What a reader of a model must know of its rows and terms, and the numbers alone don't say."""

from analysis.models.language.design import Variables
from analysis.models.language.expressions import Distribution, Expression, parse_expression
from analysis.models.language.factors import argument_of, category_of
from analysis.models.language.far_values import far_values, may_be_far
from analysis.models.language.formula import Formula
from analysis.store.sums.complete import CompleteRows, Range
from analysis.store.sums.lost_rows import lost_rows

SHOWN = 12  # places of a number in a sentence


def data_notes(rows: CompleteRows, formula: Formula, variables: Variables) -> tuple[str, ...]:
    """Sentences on rows that a function lost, on values that look like codes for "missing", on
    dates, and on what zero means where a main effect stands inside an interaction.

    None of a register's rows, which are not read twice. A value is named only where it repeats:
    no smallest or largest one, which may be one patient's own.
    """
    if rows.source.inline:
        return ()
    seen = rows.ranges(tuple(dict.fromkeys(v for e in variables.numeric for v in e.variables())))
    dates = rows.source.dates
    texts = _texts(formula, rows.source.kinds)
    out = [_lost(texts.get(e, "a term"), e, n) for e, n in lost_rows(rows.source, variables)]
    for name in variables.names():
        if dates and name in dates.days and name in seen:
            out.append(_date(name, _counted(rows, name)))
        elif name in seen and may_be_far(seen[name].low, seen[name].high, seen[name].some):
            out += _far(name, _counted(rows, name))
        if dates and name in dates.unsure and name in variables.categorical:
            out.append(_unsure(name, len(rows.levels(name))))
    return tuple(out + _zeros(formula, rows, seen))


def _counted(rows: CompleteRows, name: str) -> Distribution:
    return rows.distribution(Expression("variable", (name,)), few=True)


def _texts(formula: Formula, kinds: dict[str, str]) -> dict[Expression, str]:
    """What the formula calls each expression of numbers."""
    terms = [*formula.fixed, *(t for r in formula.random for t in r.terms)]
    factors = [f for f in dict.fromkeys(f for t in terms for f in t) if not category_of(f, kinds)]
    out = {argument_of(f): f for f in factors}
    if not formula.event:
        out[parse_expression(formula.response)] = formula.response
    return out


def _lost(text: str, expression: Expression, count: int) -> str:
    names = " and ".join(f"'{n}'" for n in expression.variables())
    return (
        f"{count:,} rows were left out because {text} has no value there, though {names} "
        "has one (a logarithm or root of what is zero or negative, a division by zero, or a "
        "number too large to compute with): the others may not stand for them"
    )


def _far(name: str, found: Distribution) -> list[str]:
    return [
        f"'{name}' is {v.value:.{SHOWN}g} in {v.count:,} rows, far from all its other values: if "
        "that is a code for a missing answer, these rows must be left out, or every estimate is "
        "wrong"
        for v in far_values(found)
    ]


def _date(name: str, found: Distribution) -> str:
    return (
        f"'{name}' holds dates ({len(found.values):,} different ones): it counts as a number of "
        "days, its coefficient is for a day, and the intercept stands for 1970-01-01"
    )


def _unsure(name: str, levels: int) -> str:
    return (
        f"'{name}' looks like dates in a form that can be read in more ways than one, so each of "
        f"its {levels:,} texts is a category of its own; written as YYYY-MM-DD they would count "
        "in days"
    )


def _zeros(formula: Formula, rows: CompleteRows, seen: dict[str, Range]) -> list[str]:
    """One sentence for each term that is also part of an interaction."""
    out = []
    for term in formula.fixed:
        wider = [t for t in formula.fixed if len(t) > len(term) and set(term) < set(t)]
        if not term or not wider:
            continue
        others = dict.fromkeys(f for t in wider for f in t if f not in term)
        where = " and ".join(_where(f, rows, seen) for f in others)
        out.append(
            f"'{':'.join(term)}' is inside an interaction: its own coefficient holds where {where}"
        )
    return out


def _where(factor: str, rows: CompleteRows, seen: dict[str, Range]) -> str:
    category = category_of(factor, rows.source.kinds)
    if category:
        variable, base = category
        return f"'{variable}' is '{base or rows.levels(variable)[0]}'"
    found = seen.get(factor.strip("`"))
    if found is None:
        return f"{factor} is 0"
    outside = "" if found.low <= 0 <= found.high else ", beyond all its values"
    return f"'{factor.strip('`')}' is 0{outside}"
