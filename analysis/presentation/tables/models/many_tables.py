"""Tables of many specifications and of power."""

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words.models.many_words import AXES, choice_words, varied

MOST_SHOWN = 100  # rows on a page; the file has all


def specification_table(found, labels) -> Table:
    """One row a specification with what it chose, evenly spread over the order where they are
    many."""
    names = varied(found)
    step = max(1, -(-len(found.found) // MOST_SHOWN))
    rows = [
        {
            "Choices": cells.text(
                "; ".join(
                    choice_words(n, v, labels) for n, v in s.choices if n in names and v != "out"
                )
            ),
            "Estimate": cells.number(s.estimate, decimals=3),
            "95 % interval": cells.interval(s.low, s.high, decimals=3),
            "p": cells.p_value(s.p),
        }
        for s in found.found[::step]
    ]
    notes = [f"Every {step}. of {len(found.found):,} is shown; the file has all."] * (step > 1)
    return laid_out("Specifications", rows, notes, exact=found.tidy(), right=("p",))


def power_table(found) -> Table:
    """One row a plan."""
    rows = [
        {
            AXES[found.question.vary]: cells.significant(p.value, 3),
            "Rows of one study": cells.count(p.rows),
            "Power": cells.share(p.power, decimals=0),
            "95 % interval": cells.share_interval(p.low, p.high, decimals=0),
            "Studies drawn": cells.count(p.fitted),
        }
        for p in found.points
    ]
    return laid_out("Power", rows, exact=found.tidy())
