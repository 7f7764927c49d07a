"""From a formula to columns: what to compute from each row, before any row is read.

A column is a product of atoms (an arithmetic expression or the indicator of one level). The same
columns serve the fixed effects and the random ones; SQL or numpy can evaluate them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import prod

from analysis.base.errors import FormulaError, did_you_mean
from analysis.models.language.curves.bases import basis_columns
from analysis.models.language.curves.basis_calls import read_basis
from analysis.models.language.expressions import Distribution, Expression, parse_expression
from analysis.models.language.factors import (
    argument_of,
    category_of,
    check_groups,
    check_known,
    check_numbers,
    check_weights,
    mentioned_in,
    number_of,
    tidy,
)
from analysis.models.language.formula import Formula
from analysis.models.language.products import Term

INTERCEPT = "(Intercept)"
WEIGHTS = "(weights)"  # R's name of them among a model's columns
# Largest standard deviation of a column, and the inverse of the smallest: the square of a
# coefficient, of the outcome's size over a predictor's, is then a number, too.
LARGEST = 1e70
MAX_LEVELS = 200  # more indicators than this is a grouping factor or an identifier, not a predictor
# Sums of products grow with the square of the columns, and the parameters of a random term with the
# square of what varies in it: 20 have 210 variances and covariances.
MOST_COLUMNS = 300
MOST_VARYING = 20


@dataclass(frozen=True, slots=True)
class Level:
    """The indicator (1 or 0) that a categorical variable has this value."""

    variable: str
    value: str


@dataclass(frozen=True, slots=True)
class BasisFunction:
    """One column of a term such as ns(t, df = 3): its name ends in its number where the term has
    several."""

    term: str
    name: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Column:
    """A product of atoms; no atoms is the constant 1."""

    name: str
    atoms: tuple[Expression | BasisFunction | Level, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Random terms that share one covariance matrix. columns: names of Columns.

    group: the data's columns whose interaction is the grouping factor.
    """

    group: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def label(self) -> str:
        return ":".join(self.group)


@dataclass(frozen=True, slots=True)
class Design:
    """columns: every column by name (the intercept too), each once; x: names of the fixed effects
    in order; blocks: the random effects; response: an expression's column, offsets taken off;
    weights: the column of the rows' prior weights, None where all count alike."""

    formula: Formula
    response: Column
    columns: tuple[Column, ...]
    x: tuple[str, ...]
    blocks: tuple[Block, ...]
    weights: Column | None = None

    @property
    def groupings(self) -> tuple[tuple[str, ...], ...]:
        """The distinct grouping factors, in the formula's order."""
        return tuple(dict.fromkeys(block.group for block in self.blocks))


@dataclass(frozen=True, slots=True)
class Variables:
    """What a formula reads: expressions that must be numbers, categories, grouping columns, and the
    variable with the rows' weights ('' for none), which must be a positive number."""

    numeric: tuple[Expression, ...]
    categorical: tuple[str, ...]
    grouping: tuple[str, ...]
    weights: str = ""

    def names(self) -> tuple[str, ...]:
        numbers = [v for e in self.numeric for v in e.variables()]
        numbers += [self.weights] if self.weights else []
        return tuple(dict.fromkeys([*numbers, *self.categorical, *self.grouping]))


def formula_variables(formula: Formula, kinds: dict[str, str]) -> Variables:
    """The variables of `formula`, checked against `kinds` (name -> 'number' or 'category').

    FormulaError names an unknown variable and the closest known one.
    """
    terms = [*formula.fixed, *(t for r in formula.random for t in r.terms)]
    factors = dict.fromkeys(f for term in terms for f in term)
    numeric, categorical = [], []
    if formula.event:
        categorical.append(formula.event[0])
    else:
        numeric.append(_response(formula, kinds).atoms[0])
    for factor in factors:
        category = category_of(factor, kinds)
        if category:
            categorical.append(category[0])
        else:
            numeric.append(check_numbers(argument_of(factor), factor, kinds))
    grouping = dict.fromkeys(g for r in formula.random for g in r.groups)
    for name in grouping:
        check_known(name, kinds)
    check_groups(formula, grouping)
    if formula.weights:
        check_weights(formula.weights, kinds)
    categories = tuple(dict.fromkeys(categorical))
    return Variables(tuple(numeric), categories, tuple(grouping), formula.weights)


def offset_expressions(formula: Formula, kinds: dict[str, str]) -> tuple[Expression, ...]:
    """What each offset(…) of the formula adds, checked as `formula_variables` checks."""
    return tuple(number_of(text, kinds) for text in formula.offsets)


def named_bases(formula: Formula, kinds: dict[str, str]) -> dict[str, str]:
    """Variable -> the base level that the formula names by C(…, Treatment('…'))."""
    terms = [*formula.fixed, *(t for r in formula.random for t in r.terms)]
    found = [category_of(factor, kinds) for term in terms for factor in term]
    return {c[0]: c[1] for c in found if c and c[1] is not None}


def mentioned(formula: Formula) -> tuple[str, ...]:
    """Every name that the formula mentions, whether the data have it or not."""
    terms = [*formula.fixed, *(t for r in formula.random for t in r.terms)]
    event = formula.event
    names = [event[0]] if event else list(parse_expression(formula.response).variables())
    for factor in (f for term in terms for f in term):
        names += mentioned_in(factor)
    names += [v for text in formula.offsets for v in parse_expression(text).variables()]
    names += [g for r in formula.random for g in r.groups]
    names += [formula.weights] if formula.weights else []
    return tuple(dict.fromkeys(names))


def build_design(
    formula: Formula,
    kinds: dict[str, str],
    levels: Callable[[str], list[str]],
    distribution: Callable[[Expression], Distribution] | None = None,
) -> Design:
    """Expand every term into columns. levels(variable): its values in the rows used, sorted.
    distribution(expression): of its values in the rows used; None refuses terms that need it.

    Contrasts follow R: a factor is coded against its base (the first level, or Treatment('…'))
    when an earlier term holds the rest of its own term, by one indicator for each level otherwise.
    """
    columns: dict[str, Column] = {}

    @cache
    def numbers(factor: str) -> list[tuple[str, Expression | BasisFunction]]:
        return _number_columns(factor, kinds, distribution)

    def expand(terms: tuple[Term, ...]) -> tuple[str, ...]:
        names = []
        for term in terms:
            for column in _term_columns(term, terms, kinds, levels, numbers):
                columns.setdefault(column.name, column)
                names.append(column.name)
        return tuple(dict.fromkeys(names))

    x = expand(formula.fixed)
    if not x:
        raise FormulaError(
            "The model has no fixed effect",
            where=f"'{formula.text}'",
            allowed="at least an intercept",
            next_step="write y ~ 1 + (1 | group)",
        )
    blocks: list[Block] = []
    for random in formula.random:
        # lme4's `||` separates terms, but keeps the indicators of one factor together.
        parts = [random.terms] if random.correlated else [(t,) for t in random.terms]
        blocks += [Block(random.groups, expand(part)) for part in parts]
    for block in blocks:
        _check_size(len(block.columns), MOST_VARYING, f"(… | {block.label})")
    _check_size(len(columns), MOST_COLUMNS, formula.text)
    columns.setdefault(INTERCEPT, Column(INTERCEPT, ()))
    response, weights = _response(formula, kinds), None
    if formula.weights:
        weights = Column(formula.weights, (Expression("variable", (formula.weights,)),))
    return Design(formula, response, tuple(columns.values()), x, tuple(blocks), weights)


def _response(formula: Formula, kinds) -> Column:
    """The outcome less the offsets, whose effects are known; or whether an event happened."""
    if formula.event:
        return Column(f"{formula.event[0]} == {formula.event[1]}", (Level(*formula.event),))
    name, expression = tidy(formula.response), number_of(formula.response, kinds)
    for text in formula.offsets:
        name = f"{name} - offset({tidy(text)})"
        expression = Expression("-", (expression, number_of(text, kinds)))
    return Column(name, (expression,))


def _number_columns(factor: str, kinds, distribution) -> list:
    """(name, atom) of each column that a factor without categories makes."""
    basis = read_basis(factor)
    if not basis:
        return [(tidy(factor), number_of(factor, kinds))]
    check_numbers(basis.argument, factor, kinds)
    return [(n, BasisFunction(basis.text, n, e)) for n, e in basis_columns(basis, distribution)]


def _term_columns(term, terms, kinds, levels, numbers) -> list[Column]:
    if not term:
        return [Column(INTERCEPT, ())]
    earlier = [set(t) for t in terms[: terms.index(term)]]
    first_categorical = next((t for t in terms if any(category_of(f, kinds) for f in t)), None)
    choices = []
    for factor in term:
        category = category_of(factor, kinds)
        if not category:
            choices.append(numbers(factor))
            continue
        margin = set(term) - {factor}
        held = any(margin <= other for other in earlier)
        contrast = held if margin else (() in terms or term != first_categorical)
        choices.append(_indicators(category, levels(category[0]), contrast))
    _check_size(prod(map(len, choices)), MOST_COLUMNS, ":".join(term))
    combined = [reversed(c) for c in product(*reversed(choices))]  # the first factor varies fastest
    pairs = [list(c) for c in combined]
    return [Column(":".join(n for n, _ in p), tuple(a for _, a in p)) for p in pairs]


def _check_size(columns: int, most: int, where: str) -> None:
    """FormulaError where a model or a random term has more columns than can be told apart."""
    if columns > most:
        varying = where.startswith("(… |")
        raise FormulaError(
            f"'{where}' has {columns:,} " + ("effects that vary" if varying else "columns"),
            where=f"'{where}'",
            allowed=f"at most {most}",
            next_step="let fewer effects differ between the groups"
            if varying
            else "leave an interaction out, or write what has many levels as a group, (1 | …)",
        )


def _indicators(category: tuple[str, str | None], values: list[str], contrast: bool) -> list:
    variable, base = category
    if len(values) > MAX_LEVELS:
        raise FormulaError(
            f"'{variable}' has {len(values):,} different values, too many for a category",
            where=f"variable '{variable}'",
            allowed=f"at most {MAX_LEVELS} levels",
            next_step="use it as a grouping factor, (1 | …), or leave it out",
        )
    base = values[0] if base is None and values else base
    if contrast and base not in values:
        close = did_you_mean(base or "", values)
        raise FormulaError(
            f"The base level '{base}' does not occur in '{variable}'",
            where=f"C({variable}, Treatment(…))",
            allowed="a level of the rows used" + (f"; {close}" if close else ""),
            next_step="name a level that occurs",
        )
    kept = [v for v in values if not (contrast and v == base)]
    return [(f"{variable}[{v}]", Level(variable, v)) for v in kept]
