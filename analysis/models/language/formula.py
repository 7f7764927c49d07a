"""lme4's formula language: `y ~ a*b + I(x**2) + (1 + t | site/therapist)` as data.

Source of the language: Bates, Maechler, Bolker & Walker 2015, section 2.1,
doi:10.18637/jss.v067.i01.
"""

import re
from dataclasses import dataclass

from analysis.models.language.products import (
    ProductReader,
    Term,
    outside_quotes,
    split_top,
    unreadable,
)


@dataclass(frozen=True, slots=True)
class RandomTerms:
    """`(terms | groups)`: terms vary by the interaction of groups; correlated unless `||`."""

    terms: tuple[Term, ...]
    groups: tuple[str, ...]
    correlated: bool


@dataclass(frozen=True, slots=True)
class Formula:
    """response: an expression as text. fixed: products, the intercept () first when present.

    offsets: expressions as text, whose sum has the coefficient 1. weights: the variable with each
    row's prior weight (residual variance sigma^2 / weight), '' where all rows count alike.
    event: (variable, value) where the outcome is that a category has this value, else None.
    """

    text: str
    response: str
    fixed: tuple[Term, ...]
    random: tuple[RandomTerms, ...]
    offsets: tuple[str, ...] = ()
    weights: str = ""
    event: tuple[str, str] | None = None


def parse_formula(text: str, weights: str = "") -> Formula:
    """Read a formula; FormulaError says which part cannot be read.

    weights: name of a variable, '' for none; no part of the language, as in lme4.
    """
    if len(text) > 10_000:
        raise unreadable("The formula is too long", text[:40] + " …", "at most 10,000 characters")
    sides = split_top(text, "~")
    if len(sides) != 2 or not sides[0].strip() or not sides[1].strip():
        raise unreadable(
            "A formula has one '~' with something on both sides", text, "y ~ x + (1 | g)"
        )
    fixed_text, random = _take_random_terms(sides[1], text)
    reader = ProductReader(fixed_text or "1", text)
    fixed, offsets = _take_offsets(reader.terms(), tuple(reader.seen))
    weights = weights.strip().strip("`")
    return Formula(" ".join(text.split()), sides[0].strip(), fixed, random, offsets, weights)


def _take_offsets(terms: tuple[Term, ...], seen: Term) -> tuple[tuple[Term, ...], Term]:
    """The terms that have a coefficient, and the insides of offset(…)."""
    offsets = [factor for factor in seen if factor.startswith("offset(")]
    for offset in offsets:
        if (offset,) not in terms or any(offset in t for t in terms if len(t) > 1):
            raise unreadable(
                "An offset is added as a term of its own", offset, "… + offset(x), not in a product"
            )
    kept = tuple(t for t in terms if t == () or t[0] not in offsets)
    return kept, tuple(offset[len("offset(") : -1].strip() for offset in offsets)


def _take_random_terms(right: str, text: str) -> tuple[str, tuple[RandomTerms, ...]]:
    """Cut the parenthesised terms that hold a `|` out of the right side."""
    kept, random, position = [], [], 0
    for start, end in _groups_in_parentheses(right):
        inside = right[start + 1 : end]
        if "|" not in _unquoted(inside):
            continue
        before = right[position:start].strip()
        if before and before[-1] != "+" or random and not before:
            raise unreadable(
                "A random term is added with '+'", right[start : end + 1], "… + (1 | g)"
            )
        kept.append(before.removesuffix("+"))
        random += _random_terms(inside, text)
        position = end + 1
    kept.append(right[position:].strip().removeprefix("+"))
    if "|" in _unquoted(" ".join(kept)):
        raise unreadable("A random term stands in parentheses", text, "(1 + t | patient)")
    pieces = [piece.strip() for piece in kept if piece.strip()]
    joined = " ".join(p if i == 0 or p[0] in "+-" else f"+ {p}" for i, p in enumerate(pieces))
    return joined, tuple(random)


def _unquoted(text: str) -> str:
    return re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"", "", text)


def _groups_in_parentheses(text: str) -> list[tuple[int, int]]:
    """(start, end) of each outermost pair of parentheses."""
    spans, start, before = [], 0, 0
    for i, char, depth in outside_quotes(text):
        start = i if before == 0 and depth == 1 else start
        if char == ")" and depth == 0:
            spans.append((start, i))
        before = depth
    return spans


def _random_terms(inside: str, text: str) -> list[RandomTerms]:
    left, *middle, right = split_top(inside, "|")
    if not left.strip() or not right.strip() or middle not in ([], [""]):
        raise unreadable("A random term cannot be read", f"({inside})", "(1 + t | patient)")
    terms = ProductReader(left, text).terms()
    if any(factor.startswith("offset(") for term in terms for factor in term):
        raise unreadable(
            "An offset does not vary between groups", f"({inside})", "y ~ … + offset(x)"
        )
    if not terms:
        raise unreadable("A random term has nothing that varies", f"({inside})", "(1 | patient)")
    return [RandomTerms(terms, groups, not middle) for groups in _grouping(right, text)]


def _grouping(right: str, text: str) -> list[Term]:
    """`a/b/c` is a, b:a and c:b:a, named as lme4 names them; `a:b` is one grouping by the pair."""
    nested: list[Term] = []
    for part in split_top(right, "/"):
        names = tuple(name.strip().strip("`") for name in split_top(part, ":"))
        if not all(names) or any(re.search(r"[()+*|~]", n) for n in names):
            raise unreadable("A grouping factor cannot be read", right.strip(), "g, a/b or a:b")
        nested.append(names + (nested[-1] if nested else ()))
    return nested
