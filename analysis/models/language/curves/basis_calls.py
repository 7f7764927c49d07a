"""Reading calls that make a term of several columns: `poly(t, 3)`, `ns(t, knots=c(2, 5))`.

The options are R's (stats::poly, scale; splines::ns, bs). A call is read, never run.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analysis.base.errors import FormulaError, ModelError, did_you_mean
from analysis.models.language.expressions import BASES, Distribution, Expression, parse_expression
from analysis.models.language.products import SHOWN, split_top

Rows = Callable[[Expression], Distribution]  # what a basis asks of the rows used

# Enough for any curve of sessions; above, evaluation in double precision loses digits.
MAX_DEGREE = 10
MAX_DF = 30
# The options of each function in R's order, and the kind of each value.
_OPTIONS = {
    "poly": {"degree": "degree", "raw": "flag", "simple": "flag"},
    "ns": {"df": "df", "knots": "numbers", "intercept": "flag", "Boundary.knots": "pair"},
    "bs": {
        "df": "df",
        "knots": "numbers",
        "degree": "degree",
        "intercept": "flag",
        "Boundary.knots": "pair",
    },
    "scale": {"center": "flag", "scale": "flag"},
    "center": {},
}
_MEANT = {
    "degree": f"a whole number from 1 to {MAX_DEGREE}",
    "df": f"a whole number from 1 to {MAX_DF}",
    "flag": "TRUE or FALSE",
    "numbers": "numbers, as in c(2, 5.5)",
    "pair": "two different numbers, as in c(0, 16)",
}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


@dataclass(frozen=True, slots=True)
class BasisCall:
    """kind: one of BASES. text: the call as R writes it, which names the columns. argument: what
    the columns are functions of. options: those that the call names, by R's names."""

    kind: str
    text: str
    argument: Expression
    options: dict[str, Any]  # of the kinds that _OPTIONS names

    @property
    def depends_on_rows(self) -> bool:
        """Whether the columns have constants that come from the rows."""
        if self.kind == "poly":
            return not self.options.get("raw", False)
        return not {"knots", "Boundary.knots"} <= set(self.options)

    def refused(self, what: str, allowed: str, step: str) -> ModelError:
        """what: ends where the call's text follows."""
        said = f"'{self.text}'"
        return ModelError(f"{what} {said}", where=said, allowed=allowed, next_step=step)

    def too_few(self, found: Distribution, allowed: str, step: str) -> ModelError:
        """The refusal where the rows have too few different values."""
        n = len(found.values)
        what = f"The rows used have {n:,} different value{'s' * (n != 1)}, too few for"
        return self.refused(what, allowed, step)


def read_basis(factor: str) -> BasisCall | None:
    """The call that `factor` is, None for anything else. FormulaError says what it cannot say.

    Worked: 'poly( t,2 )' -> kind 'poly', text 'poly(t, 2)', options {'degree': 2}.
    """
    match = re.match(rf"({'|'.join(BASES)})\s*\(", factor)
    if not match or not factor.endswith(")"):
        return None
    kind = match.group(1)
    first, *others = [p.strip() for p in split_top(factor[match.end() : -1], ",")]
    first = re.sub(r"^x\s*=(?!=)\s*", "", first)
    options, said = {}, [re.sub(r"\s+", " ", first)]
    for part in others:
        name, value = _option(kind, part, options, factor)
        options[name] = value
        named = "=" in part
        said.append(f"{name} = {_as_r(value)}" if named else _as_r(value))
    _check_options(kind, options, factor)
    return BasisCall(kind, f"{kind}({', '.join(said)})", parse_expression(first), options)


def _option(kind: str, part: str, known: dict, factor: str):
    """(name, value) of one option; those without a name come in R's order."""
    named = re.fullmatch(r"([A-Za-z.]+)\s*=\s*(.*)", part, re.DOTALL)
    allowed = _OPTIONS[kind]
    if named:
        name, text = named.groups()
    else:
        # R's poly takes what has no name and follows the degree for another variable.
        open_names = [n for n in allowed if n not in known][
            : 1 if kind != "poly" or not known else 0
        ]
        name, text = (open_names or [""])[0], part
    if name not in allowed or name in known:
        close = did_you_mean(name, list(allowed))
        raise _error(
            f"'{kind}' does not know '{name or part[:SHOWN]}'" + (f"; {close}" if close else ""),
            factor,
            f"{kind}(x, …) with {', '.join(allowed)}, each once" if allowed else f"{kind}(x)",
        )
    value = _value(allowed[name], text.strip())
    if value is None:
        raise _error(f"'{name}' cannot be read", factor, f"{name}: {_MEANT[allowed[name]]}")
    return name, value


def _value(meant: str, text: str):
    """The value, None where it is not what is meant."""
    if meant == "flag":
        return {"TRUE": True, "T": True, "True": True}.get(
            text, {"FALSE": False, "F": False, "False": False}.get(text)
        )
    if meant in ("degree", "df"):
        whole = re.fullmatch(r"([0-9]{1,3})L?", text)
        largest = MAX_DEGREE if meant == "degree" else MAX_DF
        return int(whole[1]) if whole and 1 <= int(whole[1]) <= largest else None
    listed = re.fullmatch(r"c\((.*)\)", text, re.DOTALL)
    parts = [p.strip() for p in (listed[1] if listed else text).split(",")]
    if not all(re.fullmatch(_NUMBER, p) for p in parts) or len(parts) > MAX_DF:
        return None
    numbers = tuple(float(p) for p in parts)
    distinct = len(set(numbers)) == len(numbers) and all(map(math.isfinite, numbers))
    return numbers if distinct and (meant == "numbers" or len(numbers) == 2) else None


def _check_options(kind: str, options: dict, factor: str) -> None:
    if kind == "poly" and "degree" not in options:
        raise _error("A polynomial needs its degree", factor, "poly(x, 2)")
    if "df" in options and "knots" in options:
        raise _error("A spline has a df or knots, not both", factor, "one of them")


def _as_r(value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    numbers = [f"{n:.15g}" for n in value]
    return numbers[0] if len(numbers) == 1 else f"c({', '.join(numbers)})"


def _error(what: str, factor: str, allowed: str) -> FormulaError:
    shown = factor if len(factor) <= SHOWN else factor[:SHOWN] + " …"
    return FormulaError(what, where=f"'{shown}'", allowed=allowed, next_step="correct it")
