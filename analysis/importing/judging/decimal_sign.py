"""The decimal sign of a column: one for the whole column, the one that most of its numbers have."""

from collections.abc import Callable

# Numbers with a decimal comma or point (grouped by threes or not), and those where each comma could
# mark thousands.
_MINUS = "\u2212"  # as word processors write it
_SPACE = " \u00a0\u2009\u202f"
_COMMA = rf"[+{_MINUS}-]?(\d*|\d{{1,3}}([{_SPACE}.]\d{{3}})+),\d+"
_POINT = rf"[+{_MINUS}-]?(\d*|\d{{1,3}}([{_SPACE},]\d{{3}})+)\.\d*"
_GROUPED = r"[+-]?[1-9]\d{0,2}(,\d{3})+"


def decimal_sign(ask: Callable[[str], tuple]) -> str:
    """'.' or ','; '' where every comma can be a decimal sign as well as a thousands mark.

    ask: gives the row that `SELECT …` finds over the column's distinct texts, a table with
    `text` and `n`, the rows that hold it. A single 6.1 among 7,1 and 8,1 does not turn the column:
    it is the one that is set aside.
    """
    commas, points, grouped = ask(
        ", ".join(
            f"coalesce(sum(n) FILTER (regexp_full_match(text, '{pattern}')), 0)"
            for pattern in (_COMMA, _POINT, _GROUPED)
        )
    )
    if commas and not points and commas == grouped:
        return ""
    return "," if commas > points else "."
