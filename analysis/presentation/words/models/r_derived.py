"""Variables that a formula makes of others, as R computes them on a table of the same rows."""

import re

from analysis.models.language.derived import DERIVED, Derived, derived_of

_CALLS = re.compile(rf"(?<![\w.])(?:{'|'.join(DERIVED)})\(([^()]*)\)")
_MEAN = "mean_of <- function(v) mean(v, na.rm = TRUE)"


def derived_lines(formula: str) -> tuple[list[str], str]:
    """Lines of R that make the formula's derived variables, and the formula with their R names.

    Worked: 'y ~ within(x)' -> d$within_x <- d$x - ave(d$x, d$patient, FUN = mean_of) and
    'y ~ within_x'.
    """
    lines: dict[str, None] = {}

    def named(match: re.Match) -> str:
        parts = [p.strip().strip("`") for p in match[1].split(",")]
        made = derived_of(Derived(match[0].split("(")[0], *parts).name)
        if made is None:
            return match[0]
        name = re.sub(r"\W", "_", f"{made.kind}_{made.variable}{made.group and '_' + made.group}")
        for line in _lines(made, name):
            lines[line] = None
        return name

    text = _CALLS.sub(named, formula)
    return ([_MEAN] if any("mean_of" in line for line in lines) else []) + list(lines), text


def _lines(made: Derived, name: str) -> list[str]:
    x = f"d${_quoted(made.variable)}"

    def mean(group: str) -> str:
        return f"ave({x}, d${_quoted(group)}, FUN = mean_of)"

    if made.kind == "lag":
        before = "function(v) c(NA, head(v, -1))"
        order = "d <- d[order(d$episode, d$session), ]"
        return [order, f"d${name} <- ave({x}, d$episode, FUN = {before})"]
    sql = {
        "within": f"{x} - {mean(made.group or 'patient')}",
        "between": f"{mean(made.group)} - mean_of({x})",
        "patient": f"{mean('patient')} - {mean('therapist')}",
        "therapist": f"{mean('therapist')} - {mean('clinic')}",
        "clinic": f"{mean('clinic')} - mean_of({x})",
    }
    if made.kind in sql:
        return [f"d${name} <- {sql[made.kind]}"]
    told = {"early": "mean over sessions 3 to 5", "mean": "mean", "last": "last value"}
    what = told[made.kind]
    if made.landmark is not None and made.kind == "early":
        what = f"mean over sessions {made.landmark - 2} to {made.landmark}"
    elif made.landmark is not None:
        what = f"{what} up to session {made.landmark}"
    return [f"# {name}: each treatment's {what} of {made.variable}"]


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[^\W\d][\w.]*", name) else f"`{name}`"
