"""Which columns are the items of one questionnaire: proposed as its total and subscales."""

import re
from dataclasses import dataclass

from analysis.importing.meaning.mapping import MISSING, MappedVariable
from analysis.importing.meaning.words import plain
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.measures.instruments import Instrument, instruments
from analysis.store.versions.hardened import one_row

_ITEM = re.compile(r"(?:item|it|i|question|sq|q|frage|pregunta|fraga|vraag|f|p)?0*(\d{1,2})")
IN_RANGE = 0.9  # share of the numbers in the items' columns that must be possible answers
MOST_TEXTS = 12  # different texts that answers may have


@dataclass(frozen=True, slots=True)
class Scale:
    """The items of one instrument in a file. items: their columns in the instrument's order.
    total: the column of a total that came along, '' for none."""

    instrument: Instrument
    items: tuple[str, ...]
    total: str = ""


def find_scales(connection, staged: Staged, keys: dict[str, str]) -> list[Scale]:
    """The scales whose items all stand in the file, each column in one of them."""
    free = [c for c in staged.columns if c not in keys.values()]
    found: list[Scale] = []
    taken: set[str] = set()
    for called, instrument in _names():
        items = _items([c for c in free if c not in taken], called, instrument.items)
        if items and _answers(connection, staged, items, instrument):
            total = _total([c for c in free if c not in items], instrument)
            found.append(Scale(instrument, items, total))
            taken |= {*items, total}
    return found


def proposed(scale: Scale, unit: str, free_name) -> list[MappedVariable]:
    """The variables of a scale: its total, and the subscales whose items are known.

    free_name: gives a name that is not taken. Where there is a total, it carries the factor and
    its parts carry none, so that nothing is counted twice.
    """
    instrument, variables = scale.instrument, []
    has_total = instrument.scoring != "subscale sum times 2"
    if has_total:
        variables.append(
            MappedVariable(
                free_name(scale.total or instrument.id),
                column=scale.total,
                label=instrument.name,
                unit=unit,
                factor=instrument.factor,
                instrument=instrument.id,
                minimum=_limit(instrument.total_range, 0),
                maximum=_limit(instrument.total_range, 1),
                higher_is=instrument.higher_is,
                items=scale.items,
            )
        )
    for part in instrument.subscales:
        if len(part.items) > 1:
            variables.append(
                MappedVariable(
                    free_name(f"{instrument.id}_{plain(part.name)}"),
                    label=f"{instrument.name}: {part.name}",
                    unit=unit,
                    factor="" if has_total else instrument.factor,
                    component=part.name,
                    instrument=instrument.id,
                    minimum=_limit(part.total_range, 0),
                    maximum=_limit(part.total_range, 1),
                    higher_is=instrument.higher_is,
                    items=scale.items,
                )
            )
    return variables


def _limit(limits: tuple[float, float] | None, side: int) -> float | None:
    return float(limits[side]) if limits else None


def _names() -> list[tuple[str, Instrument]]:
    """Each name of each instrument, the longest first."""
    pairs = [
        (called.replace("_", ""), one)
        for one in instruments().values()
        for called in (one.id, *one.also_called)
    ]
    return sorted(pairs, key=lambda p: (-len(p[0]), p[1].items, p[1].item_range))


def _items(columns: list[str], called: str, count: int) -> tuple[str, ...]:
    """The columns called 'phq9_1' … 'phq9_9', () where one is absent or stands twice."""
    numbered: dict[int, str] = {}
    for column in columns:
        short = plain(column).replace("_", "")
        told = _ITEM.fullmatch(short.removeprefix(called)) if short.startswith(called) else None
        if told and 1 <= int(told[1]) <= count:
            if int(told[1]) in numbered:
                return ()
            numbered[int(told[1])] = column
    return tuple(numbered[i] for i in range(1, count + 1)) if len(numbered) == count else ()


def _answers(connection, staged: Staged, items: tuple[str, ...], instrument: Instrument) -> bool:
    """Whether the columns hold answers to such items: numbers in their range, or a few texts."""
    low, high = instrument.item_range
    texts = " UNION ALL ".join(
        f"SELECT {cells.present(staged.columns[c], MISSING)} AS text FROM {staged.table}"
        for c in items
    )
    value = f"coalesce({cells.number('text', '.')}, {cells.number('text', ',')})"
    numbers, within, words = one_row(
        connection,
        f"SELECT coalesce(sum(n) FILTER ({value} IS NOT NULL), 0), "
        f"coalesce(sum(n) FILTER ({value} BETWEEN {low} AND {high}), 0), "
        f"count(*) FILTER ({value} IS NULL) FROM "
        f"(SELECT text, count(*) AS n FROM ({texts}) WHERE text IS NOT NULL GROUP BY ALL)",
    )
    if not numbers:
        return 1 < words <= MOST_TEXTS
    return within >= IN_RANGE * numbers


def _total(columns: list[str], instrument: Instrument) -> str:
    """The column of the total that came along: called as the instrument, or its 'total'."""
    names = {c.replace("_", "") for c in (instrument.id, *instrument.also_called)}
    for column in columns:
        short = plain(column).replace("_", "")
        for word in ("", "total", "totalscore", "sum", "score", "summe", "gesamt", "suma"):
            if short.endswith(word) and short[: len(short) - len(word)] in names:
                return column
    return ""
