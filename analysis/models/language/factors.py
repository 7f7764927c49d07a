"""What a factor of a formula is: a category, an expression of numbers, or the call of a basis.

kinds: variable -> 'number' or 'category', as the data have it.
"""

import re
from collections.abc import Iterable

from analysis.base.errors import FormulaError, did_you_mean
from analysis.models.language.curves.basis_calls import read_basis
from analysis.models.language.derived import SUMMARIES, Derived, derived_of
from analysis.models.language.expressions import Expression, parse_expression
from analysis.models.language.formula import Formula

_CATEGORICAL = re.compile(
    r"(?:C|factor)\(\s*(`[^`]+`|[\w.]+)\s*"
    r"(?:,\s*Treatment\(\s*(?:reference\s*=\s*)?(?:'([^']*)'|\"([^\"]*)\"|([-\w.]+))\s*\))?\s*\)"
)


def category_of(factor: str, kinds: dict[str, str]) -> tuple[str, str | None] | None:
    """(variable, base or None) when `factor` is categorical, else None."""
    if re.match(r"(?:C|factor)\(", factor):
        match = _CATEGORICAL.fullmatch(factor)
        if not match:
            raise FormulaError(
                "A category cannot be read",
                where=f"'{factor}'",
                allowed="C(g) or C(g, Treatment('base'))",
                next_step="correct it",
            )
        variable = match.group(1).strip("`")
        check_known(variable, kinds)
        return variable, next((b for b in match.groups()[1:] if b is not None), None)
    name = factor.strip("`")
    return (name, None) if kinds.get(name) == "category" else None


def mentioned_in(factor: str) -> list[str]:
    """The names in a factor, whether the data have them or not."""
    category = _CATEGORICAL.fullmatch(factor)
    if category:
        return [category.group(1).strip("`")]
    bad_category = re.match(r"(?:C|factor)\(", factor)  # category_of says what is wrong with it
    return [] if bad_category else list(argument_of(factor).variables())


def argument_of(factor: str) -> Expression:
    """What must be a number for the factor to be one."""
    basis = read_basis(factor)
    return basis.argument if basis else parse_expression(factor)


def number_of(text: str, kinds: dict[str, str]) -> Expression:
    """The expression that `text` is, every variable of it a known number."""
    return check_numbers(parse_expression(text), text, kinds)


def check_numbers(expression: Expression, text: str, kinds: dict[str, str]) -> Expression:
    """`expression`, every variable of it a known number. text: what a message repeats."""
    for name in expression.variables():
        check_known(name, kinds)
        if kinds[name] != "number":
            raise FormulaError(
                f"'{name}' holds text and cannot be computed with",
                where=f"'{text}'",
                allowed="numbers (with a decimal point)",
                next_step="look for entries that are no numbers, or use it as a category, C(…)",
            )
    if not expression.variables():
        raise FormulaError("A term without a variable", where=f"'{text}'", allowed="a variable")
    return expression


def check_weights(name: str, kinds: dict[str, str]) -> None:
    """FormulaError where `name` is no number of the data."""
    check_known(name, kinds, "the weights")
    if kinds[name] != "number":
        raise FormulaError(
            f"'{name}' holds text and cannot weigh rows",
            where="the weights",
            allowed="a variable of positive numbers",
            next_step="choose another variable, or leave the weights out",
        )


def check_groups(formula: Formula, groups: Iterable[str]) -> None:
    """FormulaError where the outcome is a group, too: no outcome differs within its own value."""
    event = formula.event
    own = (event[0],) if event else parse_expression(formula.response).variables()
    for name in groups:
        if name in own:
            raise FormulaError(
                f"'{name}' is the outcome and the group of a random term",
                where=f"(… | {name})",
                allowed="groups whose rows have several outcomes, such as (1 | patient)",
                next_step="name another group, or leave the random term out",
            )


def check_known(name: str, kinds: dict[str, str], where: str = "the formula") -> None:
    """FormulaError with the closest known name."""
    if name not in kinds:
        made = derived_of(name)
        if made:
            for own in made.own_names:
                check_known(own, kinds, where)
            raise _not_made(name, made)
        close = did_you_mean(name, list(kinds))
        listed = ", ".join(list(kinds)[:30]) + (" …" if len(kinds) > 30 else "")
        raise FormulaError(
            f"There is no variable '{name}'" + (f"; {close}" if close else ""),
            where=where,
            allowed=listed,
            next_step="correct the name; names that aren't plain stand in backticks",
        )


def _not_made(name: str, made: Derived) -> FormulaError:
    """What a derived variable lacks: numbers, sessions to sum up, or a column for its unit."""
    if made.kind in SUMMARIES:
        return FormulaError(
            f"'{name}' sums up a treatment's sessions, and '{made.variable}' is not measured at "
            "sessions of a dataset",
            where="the formula",
            allowed=f"{', '.join(SUMMARIES)} of a number that sessions have, in a dataset",
            next_step=f"write {made.variable} alone",
        )
    return FormulaError(
        f"'{name}' cannot be made of these data",
        where="the formula",
        allowed="of a number, where there are the columns patient, therapist and clinic that it "
        "is centred by; or within(x, g) and between(x, g) with the group's column",
        next_step="name the group's column",
    )


def tidy(text: str) -> str:
    """A factor as the name of its column."""
    return re.sub(r"\s+", " ", text.strip().strip("`"))
