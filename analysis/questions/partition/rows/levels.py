"""Which levels a partition can tell apart in these data, and which one its bootstrap draws."""

from analysis.base.joining import plural
from analysis.base.sentence import Sentence
from analysis.measures.conventions import FEWEST_DRAWN_AGAIN
from analysis.store.versions.naming import ALONE

# A level needs this many groups for its variance to be estimated at all.
FEWEST_GROUPS = 3
# … and this many for each predictor before the predictors get a part of their own there;
# with fewer, a level's coefficients would be noise that the correction can only just remove.
GROUPS_A_PART = 3
QUESTIONS = ("end", "next", "growth")
# From the inside out; what is measured in each.
ORDER = {
    "session": "session",
    "patient": "episode",
    "treatment": "episode",
    "therapist": "therapist",
    "clinic": "clinic",
}


def level_groups(cursor, relation: str) -> dict[str, int]:
    """Number of groups at each level that has rows, innermost first.

    A treatment's level is 'treatment', and the patients are counted beside it; where each patient
    has one treatment, the level is 'patient'. Patients who stand alone for want of a therapist are
    no therapists.
    """
    names = ("treatment", "patient", "therapist", "clinic")
    told = f"FILTER (NOT starts_with(therapist, '{ALONE}'))"
    counts = ", ".join(f"count(DISTINCT {n}) {told * (n == 'therapist')}" for n in names)
    row = cursor.execute(f"SELECT {counts} FROM {relation}").fetchall()[0]
    groups: dict[str, int] = dict(zip(names, map(int, row), strict=True))
    if groups["treatment"] == groups["patient"]:
        del groups["treatment"]
    return groups


def treated_again(groups: dict[str, int]) -> list[str]:
    """What is said where patients have several treatments among the rows."""
    again = groups.get("treatment", groups["patient"]) - groups["patient"]
    if not again:
        return []
    told = " treatments are a patient's second or later one; each counts as one of its own"
    return [Sentence(again, " of ", groups["treatment"], told)]


def levels_of(question: str, groups: dict[str, int]) -> tuple[str, ...]:
    """All levels of a question, the rows' first."""
    own = "treatment" if "treatment" in groups else "patient"
    inside = () if question == "end" else ("session",)
    return (*inside, own, "therapist", "clinic")


def without_therapist(cursor, relation: str) -> list[str]:
    """What is said where some treatments name a therapist and others none."""
    told = f"starts_with(therapist, '{ALONE}')"
    sql = f"SELECT count(DISTINCT treatment) FILTER ({told}) FROM {relation}"
    alone = int(cursor.execute(sql).fetchone()[0])
    if not alone:
        return []
    said = " treatments name no therapist; each stands for itself and says nothing of therapists"
    return [Sentence(alone, said)]


def usable_levels(groups, rows: int, question: str):
    """Levels with enough groups, each with fewer groups than the level inside it."""
    rows_level, *outer = levels_of(question, groups)
    levels, messages = [rows_level], []
    inner = rows
    for level in outer:
        n = groups[level]
        if n < FEWEST_GROUPS:
            messages.append(
                Sentence(n, f" {plural(level, n)} only: no variance between {level}s is estimated")
            )
        elif n >= inner:
            messages.append(
                f"No {level} has more than one {levels[-1]}: the two levels cannot be told apart"
            )
        else:
            levels.append(level)
            inner = n
    return tuple(levels), messages


def separate_levels(frame, levels, groups) -> tuple[tuple[str, ...], list[str]]:
    """The levels at which predictors get parts of their own: those with enough groups for them."""
    messages, separate = [], [levels[0]]
    for i, level in enumerate(levels[1:], start=1):
        varying = sum(levels.index(_own_level(c, levels)) <= i for c in frame.columns)
        outer = groups[levels[i + 1]] if i + 1 < len(levels) else 1
        if groups[level] - outer >= GROUPS_A_PART * varying:
            separate.append(level)
            continue
        where = f"between {separate[-1]}s" if len(separate) > 1 else "in the predictors themselves"
        messages.append(
            Sentence(
                groups[level],
                f" {level}s are too few to tell apart {varying} predictors between "
                f"{level}s; what lies there is counted {where}",
            )
        )
    return tuple(separate), messages


def own_parts(column, levels, separate) -> tuple[tuple[str, str | None], ...]:
    """The column's parts as (level, level one out)."""
    own = levels.index(_own_level(column, levels))
    chosen = [lv for lv in separate if levels.index(lv) >= own] or list(separate[-1:])
    parts = tuple(zip(chosen, [*chosen[1:], None], strict=True))
    return parts[:1] if column.within else parts


def _own_level(column, levels) -> str:
    """The innermost level in use at which the column varies."""
    order, units = list(ORDER), list(ORDER.values())
    own = units.index(column.unit)
    return next((lv for lv in levels if order.index(lv) >= own), levels[-1])


def cluster_of(levels, groups) -> str:
    """The level whose sums are kept apart: the outermost one."""
    return levels[-1] if len(levels) > 1 else levels_of("end", groups)[0]


def can_resample(cluster: str, groups) -> bool:
    """Whether there are enough outermost units to be drawn. Inner ones never are: patients drawn
    within the same few therapists leave out how therapists differ."""
    return groups[cluster] >= FEWEST_DRAWN_AGAIN


def interval_messages(cluster: str, groups) -> list[str]:
    """What an interval stands on, in words."""
    if can_resample(cluster, groups):
        return [f"Intervals: {cluster}s drawn again, each with all that belongs to them"]
    return [
        Sentence(
            "Intervals: simulated from the fitted model, because ",
            groups[cluster],
            f" {cluster}s are too few to be drawn again; they count that other ones would differ",
        )
    ]
