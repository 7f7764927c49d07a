"""What a staged column holds: the evidence for a guess."""

from dataclasses import dataclass, replace

from analysis.importing.meaning.mapping import MISSING
from analysis.importing.meaning.words import is_trait, plain
from analysis.importing.reading import cells
from analysis.importing.reading.number_texts import (
    listed_words,
    sign_behind,
    without_brackets,
    without_sign,
)
from analysis.importing.reading.read import Staged
from analysis.measures.instruments import Instrument, instruments
from analysis.store.versions.hardened import one_row

NUMBERS = 0.9  # share of a column's present cells that must be numbers to call it numeric
STRAY = 0.01  # share of values that may lie outside an instrument's range
# Numbers that questionnaires and statistics programs use for 'missing'.
CODES = (-999, -99, -9, -8, -7, -1, 88, 99, 888, 999, 8888, 9999)
MOST_VALUES = 500
PROOFS = 2  # holders in which a column could have changed
IDS = ("clinic", "therapist", "patient", "episode")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: rows with a text, with a number, different texts; the range of the
    numbers without the outermost hundredth and without what may be a code for 'missing'; and the
    coarsest unit within which it never changes. is_text: the file itself says that it holds text.
    values, counts: its numbers and how often each is there, () for more than MOST_VALUES.
    missing: texts among its numbers that say that there is none. sign: what stands behind each.
    """

    name: str
    present: int
    numbers: int
    distinct: int
    low: float | None
    high: float | None
    constant: str = ""
    is_text: bool = False
    values: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()
    sign: str = ""

    @property
    def numeric(self) -> bool:
        """Whether it is a column of numbers, some of which may be damaged."""
        return not self.is_text and self.numbers >= NUMBERS * self.present


def look(connection, staged: Staged, column: str, keys: dict[str, str] | None = None) -> Column:
    """What `column` of the staged file holds. keys: key -> column, to find its unit."""
    text = cells.present(staged.columns[column], MISSING)
    seen = _looked(connection, staged, column, text, keys or {})
    if seen.numbers == seen.present or seen.is_text:
        return seen
    texts = f"(SELECT {text} AS text, count(*) AS n FROM {staged.table} GROUP BY ALL)"
    words = _missing_words(connection, texts)
    sign = sign_behind(connection, texts) if not seen.numeric else ""
    if not words and not sign:
        return seen
    text = cells.present(staged.columns[column], (*MISSING, *words))
    text = without_sign(text, sign) if sign else text
    better = _looked(connection, staged, column, text, keys or {})
    return replace(better, missing=words, sign=sign) if better.numeric else seen


def _missing_words(connection, texts: str) -> tuple[str, ...]:
    """The texts that say that there is no number."""
    sql = f"SELECT text FROM {texts} AS t WHERE text IN ({listed_words()}) ORDER BY text"
    return tuple(text for (text,) in connection.execute(sql).fetchall())


def _looked(connection, staged: Staged, column: str, text: str, keys: dict[str, str]) -> Column:
    told = without_brackets("text")
    value = f"coalesce({cells.number(told, '.')}, {cells.number(told, ',')})"
    codes = ", ".join(map(str, CODES))
    score = f"value IS NOT NULL AND (value NOT IN ({codes}) OR all_codes)"
    present, numbers, distinct, low, high, values = connection.execute(
        f"WITH texts AS (SELECT {text} AS text, count(*) AS n FROM {staged.table} "
        f"WHERE {text} IS NOT NULL GROUP BY ALL), "
        f"known AS (SELECT n, {value} AS value FROM texts), "
        f"judged AS (SELECT *, coalesce(bool_and(value IN ({codes})) OVER (), true) AS all_codes "
        "FROM known), "
        f"ranked AS (SELECT *, {score} AS score, "
        f"sum(n) OVER (PARTITION BY {score} ORDER BY value) AS below, "
        f"sum(n) OVER (PARTITION BY {score} ORDER BY value DESC) AS above, "
        f"sum(n) OVER (PARTITION BY {score}) AS total FROM judged) "
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (value IS NOT NULL), 0), count(*), "
        f"min(value) FILTER (score AND below > {STRAY} * total), "
        f"max(value) FILTER (score AND above > {STRAY} * total), "
        f"CASE WHEN count(DISTINCT value) <= {MOST_VALUES} "
        "THEN list({'v': value, 'n': n} ORDER BY value) FILTER (score) END FROM ranked"
    ).fetchone()
    constant = _constant_unit(connection, staged, column, text, keys) if distinct > 1 else ""
    is_text = column in staged.texts
    seen = (column, int(present), int(numbers), distinct, low, high, constant, is_text)
    counted = [(v["v"], int(v["n"])) for v in values or ()]
    return Column(*seen, tuple(v for v, _ in counted), tuple(n for _, n in counted))


def instrument_of(seen: Column) -> tuple[Instrument | None, tuple]:
    """The instrument that the name says, if the values lie in its total's or its items' range."""
    candidates = instruments_called(seen.name)
    for instrument in candidates:
        if instrument.total_range and _mean_and_sum(seen, instrument, instrument.total_range):
            return instrument, tuple(map(float, instrument.total_range))
    for instrument in candidates:
        for limits in (instrument.total_range, instrument.item_range):
            if limits and _within(seen, limits):
                return instrument, (float(limits[0]), float(limits[1]))
    for instrument in candidates:
        limits = instrument.total_range
        if limits and _named_whole(seen.name, instrument) and _share(seen, limits) >= NUMBERS:
            return instrument, (float(limits[0]), float(limits[1]))
    for instrument in candidates:
        limits = instrument.total_range
        whole = limits and _named_whole(seen.name, instrument) and (seen.high or 0) >= 70
        if limits and whole and _within(seen, (limits[0], 100)):
            return instrument, (float(limits[0]), float(limits[1]))  # 0 to 100: asked about
    return None, (None, None)


def instruments_called(column: str) -> list[Instrument]:
    """The instruments that a column's name may mean, the longest name first."""
    words = plain(column).split("_")
    name, whole, candidates = "".join(words), _runs(words), []
    for instrument in instruments().values():
        for called in (instrument.id, *instrument.also_called):
            short = called.replace("_", "")
            if name.startswith(short) and not name[len(short) :][:1].isdigit():
                candidates.append((-len(short), instrument))
            elif short in whole and short != name:
                candidates.append((0, instrument))
    return [instrument for _, instrument in sorted(candidates, key=lambda pair: pair[0])]


def _runs(words: list[str]) -> set[str]:
    """The words of a name joined in each way that leaves the first one out."""
    last = len(words)
    return {"".join(words[i:j]) for i in range(1, last) for j in range(i + 1, last + 1)}


def _share(seen: Column, limits: tuple[float, float]) -> float:
    """The share of the numbers that lie within the limits."""
    pairs = zip(seen.values, seen.counts, strict=True)
    inside = sum(n for value, n in pairs if limits[0] <= value <= limits[1])
    return inside / max(sum(seen.counts), 1)


def _named_whole(column: str, instrument: Instrument) -> bool:
    short = plain(column).replace("_", "").removesuffix("total")
    return short in {n.replace("_", "") for n in (instrument.id, *instrument.also_called)}


def _within(seen: Column, limits: tuple[float, float]) -> bool:
    if seen.low is None or seen.high is None:
        return False
    return limits[0] <= seen.low <= seen.high <= limits[1]


def _mean_and_sum(seen: Column, instrument: Instrument, total: tuple[float, float]) -> bool:
    """Whether both the means of the items and their sums seem to stand in one column."""
    if instrument.scoring != "sum" or seen.low is None or seen.high is None:
        return False
    (low, most), (least, high) = instrument.item_range, total
    return (
        most < least
        and low <= seen.low <= most
        and least < seen.high <= high
        and bool(seen.values)
        and not any(most < value < least for value in seen.values)
    )


def _constant_unit(connection, staged: Staged, column: str, text: str, keys: dict[str, str]) -> str:
    """The coarsest unit within which the column never changes, '' for none. Of what is called as a
    patient's own (age, sex) one row a patient is enough. Clinics may number their patients alike:
    a number is a patient of its clinic then."""
    constant = ""
    for unit, key in (("episode", "patient"), ("therapist", "therapist"), ("clinic", "clinic")):
        holder = staged.columns.get(keys.get(key, ""))
        patient = staged.columns.get(keys.get("patient", ""))
        clinic = staged.columns.get(keys.get("clinic", ""))
        below = patient if patient and unit != "episode" else "line"
        proofs = 0 if unit == "episode" and is_trait(column) else PROOFS
        holders = [holder] if holder else []
        if holder and clinic and unit == "episode":
            holders.append(f"({clinic} || '/' || {holder})")
        if any(_constant(connection, staged, text, one, below, proofs) for one in holders):
            constant = unit
    return constant


def _constant(connection, staged: Staged, text: str, holder: str, below: str, least: int) -> bool:
    """Never changes within a holder, has no value in rows without one (which would lose it), and
    could have changed.

    It could have where `least` holders at least have several rows (or patients: `below`) with a
    value.
    """
    changed, proofs, ownerless = one_row(
        connection,
        "SELECT count(*) FILTER (low <> high), count(*) FILTER (first <> last), "
        "count(*) FILTER (holder = '') FROM (SELECT holder, min(value) AS low, max(value) AS high, "
        "min(below) AS first, max(below) AS last FROM "
        f"(SELECT {text} AS value, {holder} AS holder, {below} AS below FROM {staged.table}) "
        "WHERE value IS NOT NULL GROUP BY holder)",
    )
    return not changed and proofs >= least and not ownerless
