"""The parts of a page that set clinics and therapists side by side."""

import streamlit as st

from analysis.base.settings import THERAPIST_NAMES
from analysis.presentation.charts import clinics as charts
from analysis.presentation.tables import unit_tables
from analysis.presentation.words import clinic_words as words
from analysis.presentation.words.rounding import count
from analysis.questions.units.adjusted import LEAST_PATIENTS
from analysis.questions.units.unit_model import case_mix_variables
from pages._app.frame import cached, cards, door, linked
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

READ = (
    "Points: predicted effect, shrunk towards the average, the more the fewer treatments. Lines: "
    "95 % interval. An interval that crosses the dashed line cannot be told from average; there is "
    "no rank within it."
)
LEVELS = {"clinic": "Clinics", "therapist": "Therapists"}


def widgets(about: cached.About) -> tuple[str, int, tuple[str, ...]]:
    """Level, fewest patients and case-mix."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    first, second = row.container(width="content"), row.container(width=190)
    third = row.container()
    linked.check("level", "a comparison of", LEVELS.values())
    level = first.segmented_control(
        "Compare",
        list(LEVELS),
        format_func=LEVELS.__getitem__,
        key="level",
        default="clinic",
        required=True,
        bind="query-params",
    )
    fewest = second.number_input(
        "Fewest patients",
        1,
        1000,
        LEAST_PATIENTS,
        key="fewest",
        **linked.number("fewest", "fewest patients", 1, 1000),
        help="Units with fewer patients that have both scores are not shown: their numbers "
        "would say more about chance and single people than about the unit.",
    )
    offered = [v for v in about.variables if v.unit == "episode"]
    labels = {v.name: v.label or v.name for v in offered}
    usual = [v.name for v in case_mix_variables(about.variables)]
    linked.check("case_mix", "the case-mix", labels.values())
    case_mix = third.multiselect(
        "Case-mix, besides the first score",
        list(labels),
        usual,
        format_func=labels.__getitem__,
        key="case_mix",
        bind="query-params",
        placeholder="Nothing else",
        wrap=True,
        help="What patients bring with them. What a unit does with them is no case-mix.",
    )
    return level, int(fewest), tuple(case_mix)


def scores(found, outcome: str, synthetic: bool) -> None:
    """The caterpillar and its table."""
    title = f"{words.UNITS[found.level][1].capitalize()} at equal case-mix"
    with block(title, synthetic, words.spread(found, outcome), "Case-mix") as card:
        if not found.units or found.sd == 0:
            return
        name = f"{LEVELS[found.level]} at equal case-mix, {outcome}"
        card.show(
            Picture(
                lambda look: charts.caterpillar(found, f"points of {outcome}", look),
                name,
                charts.caterpillar_text(found),
            ),
            unit_tables.scores(found, f"{name}, table"),
            note=READ,
        )


def how(found, asked, level: str, synthetic: bool) -> None:
    """The model, what the intervals mean, and who is named."""
    with block("How it was made", synthetic):
        if found is not None:
            st.caption("The model of the last score")
            st.code(found.formula, language=None, wrap_lines=True)
            st.text(
                f"{count(found.rows)} treatments; {count(found.rows_dropped)} left out for a "
                f"missing value of the case-mix; {found.seconds:.1f} s."
            )
        for sentence in _sentences(level):
            st.markdown(f"- {cards.escape(sentence)}")
        cards.go_to("method", "Method: formulas, sources, limits", "functions")
        st.text(f"Dataset {asked.question.dataset}, version {asked.question.version}.")


def _sentences(level: str) -> list[str]:
    said = [
        "Effects are predicted from one mixed model of all treatments; their intervals count that "
        "case-mix and spread are estimated, too.",
        "A difference that is left is no proof of good or bad work: what was not measured is not "
        "equal.",
    ]
    if level == "therapist" and not door.settings().therapist_names:
        said.append(
            "Therapists are shown by codes without meaning. Whoever runs the server can show "
            f"their names with {THERAPIST_NAMES}=show."
        )
    return said
