"""lme4's formula language: `y ~ a*b + I(x**2) + (1 + t | site/therapist)` as data.

Operators, from the tightest: `^` and `**` (all interactions up to that order), `:`, `*` and `/`,
`+` and `-`. Source of the language: Bates, Maechler, Bolker & Walker 2015, section 2.1,
doi:10.18637/jss.v067.i01.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb

from analysis.base.errors import FormulaError

Term = tuple[str, ...]  # the factors of a product, as text; () is the intercept

# More products than this are no model that anyone can read, and take minutes to write out.
MAX_TERMS = 300
SHOWN = 200  # characters of a formula that a message repeats
MAX_DEPTH = 50  # of parentheses; deeper ones would exhaust Python's own stack

_TOKEN = re.compile(
    r"\s*(?:(?P<name>`[^`]+`|[^\W\d][\w.]*)|(?P<number>\d+(?:\.\d+)?)|(?P<op>\*\*|\|\||[-+*/:^()|~]))"
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
        raise _error("The formula is too long", text[:40] + " …", "at most 10,000 characters")
    sides = split_top(text, "~")
    if len(sides) != 2 or not sides[0].strip() or not sides[1].strip():
        raise _error("A formula has one '~' with something on both sides", text, "y ~ x + (1 | g)")
    fixed_text, random = _take_random_terms(sides[1], text)
    reader = _Reader(fixed_text or "1", text)
    fixed, offsets = _take_offsets(reader.terms(), tuple(reader.seen))
    weights = weights.strip().strip("`")
    return Formula(" ".join(text.split()), sides[0].strip(), fixed, random, offsets, weights)


def _take_offsets(terms: tuple[Term, ...], seen: Term) -> tuple[tuple[Term, ...], Term]:
    """The terms that have a coefficient, and the insides of offset(…)."""
    offsets = [factor for factor in seen if factor.startswith("offset(")]
    for offset in offsets:
        if (offset,) not in terms or any(offset in t for t in terms if len(t) > 1):
            raise _error(
                "An offset is added as a term of its own", offset, "… + offset(x), not in a product"
            )
    kept = tuple(t for t in terms if t == () or t[0] not in offsets)
    return kept, tuple(offset[len("offset(") : -1].strip() for offset in offsets)


def _outside_quotes(text: str, start: int = 0) -> Iterator[tuple[int, str, int]]:
    """(position, character, parentheses open after it) of what stands outside quotes and backticks.

    FormulaError at the end where a quote or parenthesis has no partner.
    """
    depth, quote = 0, ""
    for i in range(start, len(text)):
        char = text[i]
        if quote:
            quote = "" if char == quote else quote
            continue
        if char in "`'\"":
            quote = char
        depth += (char == "(") - (char == ")")
        if depth > MAX_DEPTH:
            raise _error("Parentheses stand too deep", text, f"at most {MAX_DEPTH} in each other")
        if depth < 0:
            break
        yield i, char, depth
    if quote or depth:
        raise _error("Parentheses or quotes do not match", text, "each one closed")


def split_top(text: str, separator: str) -> list[str]:
    """Split at `separator` outside parentheses, quotes and backticks."""
    cuts = [i for i, char, depth in _outside_quotes(text) if char == separator and depth == 0]
    return [text[i + 1 : j] for i, j in pairwise([-1, *cuts, len(text)])]


def _take_random_terms(right: str, text: str) -> tuple[str, tuple[RandomTerms, ...]]:
    """Cut the parenthesised terms that hold a `|` out of the right side."""
    kept, random, position = [], [], 0
    for start, end in _groups_in_parentheses(right):
        inside = right[start + 1 : end]
        if "|" not in _unquoted(inside):
            continue
        before = right[position:start].strip()
        if before and before[-1] != "+" or random and not before:
            raise _error("A random term is added with '+'", right[start : end + 1], "… + (1 | g)")
        kept.append(before.removesuffix("+"))
        random += _random_terms(inside, text)
        position = end + 1
    kept.append(right[position:].strip().removeprefix("+"))
    if "|" in _unquoted(" ".join(kept)):
        raise _error("A random term stands in parentheses", text, "(1 + t | patient)")
    pieces = [piece.strip() for piece in kept if piece.strip()]
    joined = " ".join(p if i == 0 or p[0] in "+-" else f"+ {p}" for i, p in enumerate(pieces))
    return joined, tuple(random)


def _unquoted(text: str) -> str:
    return re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"", "", text)


def _groups_in_parentheses(text: str) -> list[tuple[int, int]]:
    """(start, end) of each outermost pair of parentheses."""
    spans, start, before = [], 0, 0
    for i, char, depth in _outside_quotes(text):
        start = i if before == 0 and depth == 1 else start
        if char == ")" and depth == 0:
            spans.append((start, i))
        before = depth
    return spans


def _random_terms(inside: str, text: str) -> list[RandomTerms]:
    left, *middle, right = split_top(inside, "|")
    if not left.strip() or not right.strip() or middle not in ([], [""]):
        raise _error("A random term cannot be read", f"({inside})", "(1 + t | patient)")
    terms = _Reader(left, text).terms()
    if any(factor.startswith("offset(") for term in terms for factor in term):
        raise _error("An offset does not vary between groups", f"({inside})", "y ~ … + offset(x)")
    if not terms:
        raise _error("A random term has nothing that varies", f"({inside})", "(1 | patient)")
    return [RandomTerms(terms, groups, not middle) for groups in _grouping(right, text)]


def _grouping(right: str, text: str) -> list[Term]:
    """`a/b/c` is a, b:a and c:b:a, named as lme4 names them; `a:b` is one grouping by the pair."""
    nested: list[Term] = []
    for part in split_top(right, "/"):
        names = tuple(name.strip().strip("`") for name in split_top(part, ":"))
        if not all(names) or any(re.search(r"[()+*|~]", n) for n in names):
            raise _error("A grouping factor cannot be read", right.strip(), "g, a/b or a:b")
        nested.append(names + (nested[-1] if nested else ()))
    return nested


class _Reader:
    """A recursive-descent reader of sums of products; keeps its place in the text."""

    def __init__(self, source: str, whole: str):
        self.source, self.whole, self.place = source, whole, 0
        self.seen: dict[str, int] = {}  # factors in order of appearance, as R orders a product

    def terms(self) -> tuple[Term, ...]:
        """Unique terms: the intercept first unless dropped, then by order of interaction."""
        terms = self._sum()
        if self._peek():
            raise _error(
                "The formula cannot be read here", self.source[self.place :], "an operator"
            )
        factors = [tuple(sorted(t, key=self.seen.__getitem__)) for t in terms if t]
        ordered = sorted(factors, key=len)
        return ((),) * (() in terms) + tuple(ordered)

    def _peek(self) -> str:
        match = _TOKEN.match(self.source, self.place)
        if match is None:
            rest = self.source[self.place :].strip()
            if rest:
                raise _error("The formula cannot be read here", rest, "names, numbers, + - * / : ^")
            return ""
        return match.group(0).strip()

    def _next(self) -> str:
        token = self._peek()
        self.place = _TOKEN.match(self.source, self.place).end() if token else self.place
        return token

    def _sum(self) -> list[Term]:
        terms: list[Term] = [()]
        sign = self._next() if self._peek() in ("+", "-") else "+"
        while True:
            new, is_zero = self._product()
            if is_zero:
                sign, new = ("-" if sign == "+" else "+"), [()]
            terms = _union(terms, new) if sign == "+" else [t for t in terms if not _in(t, new)]
            self._check_size(len(terms))
            if self._peek() not in ("+", "-"):
                return terms
            sign = self._next()

    def _product(self) -> tuple[list[Term], bool]:
        left, zero = self._interaction()
        while self._peek() in ("*", "/"):
            operator = self._next()
            right, _ = self._interaction()
            outer = left if operator == "*" else [_join(*left)]
            self._check_size(len(outer) * len(right) + len(left) + len(right))
            crossed = [_join(a, b) for a in outer for b in right]
            left = _union(left, right if operator == "*" else [])
            left, zero = _union(left, crossed), False
        return left, zero

    def _interaction(self) -> tuple[list[Term], bool]:
        left, zero = self._power()
        while self._peek() == ":":
            self._next()
            right, _ = self._power()
            self._check_size(len(left) * len(right))
            left, zero = _union([], [_join(a, b) for a in left for b in right]), False
        return left, zero

    def _power(self) -> tuple[list[Term], bool]:
        base, zero = self._atom()
        if self._peek() not in ("^", "**"):
            return base, zero
        self._next()
        order = self._next()
        if not re.fullmatch("[0-9]{1,2}", order) or not 1 <= int(order) <= 10:
            raise _error("A power in a formula is a whole number", order, "1 to 10")
        sizes = range(1, min(int(order), len(base)) + 1)
        self._check_size(sum(comb(len(base), k) for k in sizes))
        return _union([], [_join(*c) for k in sizes for c in combinations(base, k)]), False

    def _atom(self) -> tuple[list[Term], bool]:
        start_token = self._next()
        if start_token == "(":
            inner = self._sum()
            if self._next() != ")":
                raise _error("Parentheses do not match", self.source, "each one closed")
            if () not in inner:  # R would drop the model's intercept, which is easily overlooked
                raise _error("The intercept is dropped inside parentheses", self.source, "0 + (…)")
            return [t for t in inner if t] or [()], False
        if start_token in ("0", "1"):
            return [()], start_token == "0"
        if not re.fullmatch(r"`[^`]+`|[^\W\d][\w.]*", start_token or ""):
            raise _error("The formula cannot be read here", start_token or self.source, "a name")
        plain = re.fullmatch(r"`([^\W\d][\w.]*)`", start_token)
        factor = plain.group(1) if plain else start_token
        if self._peek() == "(":
            factor = start_token + self._call_arguments()
        self.seen.setdefault(factor, len(self.seen))
        return [(factor,)], False

    def _check_size(self, terms: int) -> None:
        if terms > MAX_TERMS:
            raise _error("The formula makes too many terms", self.whole, f"at most {MAX_TERMS}")

    def _call_arguments(self) -> str:
        start = self.source.index("(", self.place)
        for i, _, depth in _outside_quotes(self.source, start):
            if depth == 0:
                self.place = i + 1
                return self.source[start : i + 1]
        raise _error("Parentheses do not match", self.source, "each one closed")


def _join(*terms: Term) -> Term:
    return tuple(dict.fromkeys(factor for term in terms for factor in term))


def _in(term: Term, terms: list[Term]) -> bool:
    return any(set(term) == set(other) for other in terms)


def _union(left: list[Term], right: list[Term]) -> list[Term]:
    out = list(left)
    for term in right:
        if not _in(term, out):
            out.append(term)
    return out


def _error(what: str, where: str, allowed: str) -> FormulaError:
    part = where.strip()
    part = part if len(part) <= SHOWN else part[:SHOWN] + " …"
    return FormulaError(what, where=f"'{part}'", allowed=allowed, next_step="correct it")
