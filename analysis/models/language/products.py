"""Sums of products as text: `a*b + I(x**2) - 1` becomes its terms, each a product of factors.

Operators, from the tightest: `^` and `**` (all interactions up to that order), `:`, `*` and `/`,
`+` and `-`. What stands in parentheses, quotes and backticks is told apart here, for all readers.
"""

import re
from collections.abc import Iterator
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


def outside_quotes(text: str, start: int = 0) -> Iterator[tuple[int, str, int]]:
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
            raise unreadable(
                "Parentheses stand too deep", text, f"at most {MAX_DEPTH} in each other"
            )
        if depth < 0:
            break
        yield i, char, depth
    if quote or depth:
        raise unreadable("Parentheses or quotes do not match", text, "each one closed")


def split_top(text: str, separator: str) -> list[str]:
    """Split at `separator` outside parentheses, quotes and backticks."""
    cuts = [i for i, char, depth in outside_quotes(text) if char == separator and depth == 0]
    return [text[i + 1 : j] for i, j in pairwise([-1, *cuts, len(text)])]


class ProductReader:
    """A recursive-descent reader of sums of products; keeps its place in the text."""

    def __init__(self, source: str, whole: str):
        self.source, self.whole, self.place = source, whole, 0
        self.seen: dict[str, int] = {}  # factors in order of appearance, as R orders a product

    def terms(self) -> tuple[Term, ...]:
        """Unique terms: the intercept first unless dropped, then by order of interaction."""
        terms = self._sum()
        if self._peek():
            raise unreadable(
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
                raise unreadable(
                    "The formula cannot be read here", rest, "names, numbers, + - * / : ^"
                )
            return ""
        return match.group(0).strip()

    def _next(self) -> str:
        token = self._peek()
        if token and (match := _TOKEN.match(self.source, self.place)):
            self.place = match.end()
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
            raise unreadable("A power in a formula is a whole number", order, "1 to 10")
        sizes = range(1, min(int(order), len(base)) + 1)
        self._check_size(sum(comb(len(base), k) for k in sizes))
        return _union([], [_join(*c) for k in sizes for c in combinations(base, k)]), False

    def _atom(self) -> tuple[list[Term], bool]:
        start_token = self._next()
        if start_token == "(":
            inner = self._sum()
            if self._next() != ")":
                raise unreadable("Parentheses do not match", self.source, "each one closed")
            if () not in inner:  # R would drop the model's intercept, which is easily overlooked
                raise unreadable(
                    "The intercept is dropped inside parentheses", self.source, "0 + (…)"
                )
            return [t for t in inner if t] or [()], False
        if start_token in ("0", "1"):
            return [()], start_token == "0"
        if not re.fullmatch(r"`[^`]+`|[^\W\d][\w.]*", start_token or ""):
            raise unreadable(
                "The formula cannot be read here", start_token or self.source, "a name"
            )
        plain = re.fullmatch(r"`([^\W\d][\w.]*)`", start_token)
        factor = plain.group(1) if plain else start_token
        if self._peek() == "(":
            factor = start_token + self._call_arguments()
        self.seen.setdefault(factor, len(self.seen))
        return [(factor,)], False

    def _check_size(self, terms: int) -> None:
        if terms > MAX_TERMS:
            raise unreadable("The formula makes too many terms", self.whole, f"at most {MAX_TERMS}")

    def _call_arguments(self) -> str:
        start = self.source.index("(", self.place)
        for i, _, depth in outside_quotes(self.source, start):
            if depth == 0:
                self.place = i + 1
                return self.source[start : i + 1]
        raise unreadable("Parentheses do not match", self.source, "each one closed")


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


def unreadable(what: str, where: str, allowed: str) -> FormulaError:
    part = where.strip()
    part = part if len(part) <= SHOWN else part[:SHOWN] + " …"
    return FormulaError(what, where=f"'{part}'", allowed=allowed, next_step="correct it")
