"""Several files of sums of one dataset read as one: what their columns single out together.

`post ~ I(abs(age - 50))` and the same with 51 and 52 each stand for everybody; |x - 50| -
2 |x - 51| + |x - 52| is zero for whoever is not 51 years old. A reader of all three has one file
with all columns, so a new file is judged as such a one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from analysis.base.errors import RapportError
from analysis.models.language.design import build_design, formula_variables, mentioned
from analysis.models.language.events import with_event
from analysis.models.language.factors import mentioned_in
from analysis.models.language.formula import Formula, RandomTerms, parse_formula
from analysis.models.pooled.aggregates import aggregate
from analysis.questions.opening import open_source
from analysis.questions.pooling.exchange import sorted_levels
from analysis.questions.pooling.singled_out import Found, combinations_singled_out
from analysis.store.place import Store
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.design_rows import design_rows
from analysis.store.sums.moments import moments
from analysis.store.versions.catalogue import DatasetInfo


def singled_out_together(
    formula: str,
    earlier: Iterable[str],
    models: Iterable[str],
    info: DatasetInfo,
    person: str,
    least: int,
    store: Store | None = None,
) -> tuple[Found, ...]:
    """What the sums of `formula` single out, beside the sums of earlier formulas and beside models
    that were told, that fewer than `least` people stand behind; () where nothing does.

    person: the column that tells people apart. Formulas whose rows are other units are left out.
    """
    alike = (of_same_rows(formula, f, info.name, info.version, store) for f in (earlier, models))
    found: list[Found] = []
    for text in united(formula, *alike):
        found += _singled_out(text, info, person, least, store)
    return tuple(found)


def of_same_rows(
    formula: str, others: Iterable[str], dataset: str, version: str, store: Store | None
) -> list[str]:
    """Those of the other formulas, each once, whose rows are the units that the formula's are; none
    whose variables the version does not have."""
    unit = _unit(formula, dataset, version, store)
    return [o for o in dict.fromkeys(others) if _unit(o, dataset, version, store) == unit]


def united(formula: str, earlier: Iterable[str], models: Iterable[str] = ()) -> tuple[str, ...]:
    """For each column that products of `formula` are taken with, the formula of all columns that
    are multiplied with it there or in an earlier one that shares a variable with it; one for
    each random part of a file of sums. () where no earlier one shares any.

    models: earlier ones that tell no sums by group.

    Products have no side: `age ~ post` and `post ~ age` hold the same one. So outcomes are columns,
    too. Worked: ('y ~ a', ['y ~ b']) -> ('y ~ 1 + a + b', 'y ~ 1 + I(y + 0) + b'), the
    second for the products with a.
    """
    new = _parsed(formula)
    sums = [one for text in earlier if (one := _parsed(text)).text != new.text]
    bare = [replace(one, random=()) for text in models if (one := _parsed(text)).text != new.text]
    response = _outcome(new)
    made = {}
    for target in (response, *(t[0] for t in new.fixed if len(t) == 1)):
        shared = set(mentioned_in(target))
        beside = [o for o in (*sums, *bare) if shared & set(_columns_of(o))]
        if not beside:
            continue
        terms = dict.fromkeys(":".join(t) for f in (new, *beside) for t in f.fixed if t)
        terms |= dict.fromkeys(_outcome(o) for o in beside)
        if target != response:
            terms = {response if new.event else f"I({new.response} + 0)": None} | terms
        gone = (target,) if new.event and target != response else (target, new.response, response)
        kept = [t for t in terms if t not in gone]
        for random in dict.fromkeys(
            _random(f.random) for f in (new, *(b for b in beside if b in sums))
        ):
            made[" + ".join([f"{new.response} ~ 1", *kept, *random])] = None
    return tuple(made)


def _columns_of(formula: Formula) -> tuple[str, ...]:
    """The variables of its fixed part and outcome; groups alone are nothing to multiply."""
    return mentioned(replace(formula, random=(), weights=""))


def _parsed(text: str) -> Formula:
    return with_event(parse_formula(text))


def _outcome(formula: Formula) -> str:
    """The outcome as a factor: of one that happens, the category that says whether."""
    if formula.event:
        return f"`{formula.event[0]}`"
    response = formula.response
    plain = response.startswith("I(") or response.strip("`").replace("_", "a").isidentifier()
    return response if plain else f"I({response})"


def _random(parts: tuple[RandomTerms, ...]) -> tuple[str, ...]:
    """The random terms as text."""
    found = []
    for part in parts:
        terms = " + ".join(":".join(t) or "1" for t in part.terms)
        terms = terms if () in part.terms else f"0 + {terms}"
        groups = ":".join(f"`{g}`" for g in part.groups)
        found.append(f"({terms} {'|' if part.correlated else '||'} {groups})")
    return tuple(found)


def _unit(formula: str, dataset: str, version: str, store: Store | None) -> str:
    try:
        with open_source(dataset, mentioned(_parsed(formula)), version, store) as opened:
            return opened.unit
    except RapportError:
        return ""


def _singled_out(
    text: str, info: DatasetInfo, person: str, least: int, store: Store | None
) -> Iterator[Found]:
    parsed = parse_formula(text)
    names = tuple(dict.fromkeys([*mentioned(parsed), person]))
    with open_source(info.name, names, info.version, store) as opened:
        variables = formula_variables(parsed, opened.kinds)
        grouping = tuple(dict.fromkeys([*variables.grouping, person]))
        rows = complete_rows(opened, replace(variables, grouping=grouping))
        kinds = opened.kinds
        levels = {
            n: list(sorted_levels(set(rows.levels(n)), kinds[n])) for n in variables.categorical
        }
        design = build_design(parsed, kinds, levels.__getitem__, rows.distribution)
        sums, entry = aggregate(moments(rows, design))
        table = design_rows(rows, design, person)
        yield from combinations_singled_out(table, sums, entry, least)
