"""The parts of a page that answer what explains outcome."""

from analysis.presentation.charts import partition as charts
from analysis.presentation.tables import partition_tables
from analysis.presentation.words import partition_words
from pages._app.frame import cards


def bar(p, outcome: str) -> None:
    """The bar of 100 % with its downloads."""
    name = f"What explains {outcome} ({p.dataset})"
    cards.chart(
        lambda look: charts.partition_bar(p, look),
        name,
        partition_words.describe_bar(p, outcome),
        p.synthetic,
        p.tidy(),
        figure=lambda look: charts.partition_figure(p, look, name),
    )


def shares(p) -> None:
    """Each part from zero with its interval, then the table."""
    truth = " The diamond is the true share, known because the data are synthetic."
    cards.section(
        f"Shares of {partition_words.whole(p)}",
        "Bars: the share. Lines: its 95 % interval." + (truth if p.truth else ""),
    )
    cards.chart(
        lambda look: charts.shares_chart(p, look),
        "Shares with intervals",
        "Bar chart of the shares in the table below, with their 95 % intervals.",
        p.synthetic,
    )
    cards.table(partition_tables.shares(p), p.synthetic, "Shares")


def levels(p) -> None:
    """What each factor explains of each level's own variance."""
    if not p.levels:
        return
    cards.section(
        "At each level",
        "Each bar is one level's own variance. Coloured: what a factor explains of it. Outlined "
        "grey: the rest. An alliance that goes with outcome between therapists need not do so "
        "between one therapist's patients, and the other way round.",
    )
    cards.chart(
        lambda look: charts.levels_chart(p, look),
        "Shares at each level",
        "Stacked bars of the shares in the table below, one bar a level.",
        p.synthetic,
    )
    cards.table(partition_tables.levels(p), p.synthetic, "Shares by level")
