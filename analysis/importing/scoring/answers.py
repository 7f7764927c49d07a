"""Answers to items as numbers: written as such, as a number with its words, or as words alone."""

import re
from dataclasses import dataclass

import numpy as np

from analysis.importing.findings.quarantine import Ledger, Problem
from analysis.importing.meaning.mapping import MappedVariable, Mapping
from analysis.importing.meaning.words import plain
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.measures.instruments import Instrument
from analysis.store.versions.naming import literal

MOST_TEXTS = 1000  # different texts that the answers to a scale may have
_LED = re.compile(r"[(\[]?(\d+)[)\]]?(?:\s*[-–—=:.)]|\s)\s*\D.*")  # '0 - never', '(3) always'
_ENDED = re.compile(r"\D*[(\[=:]\s*(\d+)\s*[)\]]?")  # 'never (0)'
# What answers begin with, in general use, from the lowest step to the highest.
_STEPS = (
    "not at all|never|none|strongly disagree|gar nicht|uberhaupt nicht|nie|nada|nunca|para nada|"
    "pas du tout|jamais|helemaal niet|nooit|inte alls|aldrig",
    "only occasionally|rarely|seldom|a little|several|slight|disagree|selten|wenig|an einzelnen|"
    "raras|varios|poco|rarement|plusieurs|un peu|zelden|enkele|sallan|flera",
    "sometimes|moderate|somewhat|neutral|neither|manchmal|mittel|a veces|parfois|soms|ibland",
    "often|frequently|more than half|mostly|quite|agree|oft|haufig|ziemlich|an mehr als|mas de la|"
    "a menudo|bastante|souvent|plus de la|vaak|meer dan de|ofta|mer an",
    "always|nearly every|almost every|very|extreme|all the time|strongly agree|immer|beinahe jeden|"
    "fast jeden|sehr|siempre|casi todos|mucho|toujours|presque tous|altijd|bijna elke|alltid|"
    "nastan varje",
)


@dataclass(frozen=True, slots=True)
class Sheets:
    """lines: (rows,) of the file. answers: (rows, items), NaN for none. refused: (rows,) how many
    answers of the row can be none."""

    lines: np.ndarray
    answers: np.ndarray
    refused: np.ndarray


def read_answers(
    connection,
    mapping: Mapping,
    staged: Staged,
    columns: tuple[str, ...],
    of: MappedVariable,
    instrument: Instrument,
    ledger: Ledger,
) -> Sheets:
    """The answers of each row to the items in `columns`, from which `of` is scored.

    What can be no answer is refused by cell. Words are asked about.
    """
    missing = (*mapping.missing, *of.missing)
    items = [(item, cells.present(staged.columns[item], missing)) for item in columns]
    numbers = _numbers(connection, staged, items, of, instrument, ledger)
    known = " ".join(f"WHEN {literal(text)} THEN {n!r}" for text, n in numbers.items())
    case = "CASE {} " + known + " END" if known else "CAST(NULL AS DOUBLE)"
    picked = ", ".join(
        f"CAST({case.format(t)} AS DOUBLE) AS a{i}" for i, (_, t) in enumerate(items)
    )
    filled = ", ".join(f"({t}) IS NOT NULL AS f{i}" for i, (_, t) in enumerate(items))
    found = connection.execute(
        f"SELECT line, {picked}, {filled} FROM {staged.table} ORDER BY line"
    ).fetchnumpy()
    answers = np.column_stack([_floats(found[f"a{i}"]) for i in range(len(items))])
    wrong = np.column_stack([found[f"f{i}"] for i in range(len(items))]) & np.isnan(answers)
    _refuse(staged, items, wrong, known and case, instrument, ledger)
    return Sheets(found["line"], answers, wrong.sum(axis=1))


def number_in(text: str) -> float | None:
    """The number that stands with an answer's words. Worked: '2 - often' -> 2, 'often (2)' -> 2."""
    told = _LED.fullmatch(text) or _ENDED.fullmatch(text)
    return float(told[1]) if told else None


def ranked(texts: list[str], steps: int) -> dict[str, int]:
    """The answers in words by their order, 0, 1, …; {} where known words don't tell all of them, or
    there are not as many as `steps`.

    Worked: ['Never', 'Often', 'Always'] with 3 steps -> 0, 1, 2.
    """
    places = {text: _step(text) for text in texts}
    order = sorted(set(places.values()))
    if -1 in order or len(order) != len(texts) or len(texts) != steps:
        return {}
    return {text: order.index(place) for text, place in places.items()}


def _step(text: str) -> int:
    words = plain(text).replace("_", " ")
    found = [
        (len(word), i)
        for i, step in enumerate(_STEPS)
        for word in step.split("|")
        if words.startswith(word)
    ]
    return max(found)[1] if found else -1


def _numbers(connection, staged: Staged, items, of, instrument: Instrument, ledger) -> dict:
    """Text -> its number, for each text that is a possible answer."""
    each = " UNION ALL ".join(f"SELECT {text} AS text FROM {staged.table}" for _, text in items)
    value = f"coalesce({cells.number('text', '.')}, {cells.number('text', ',')})"
    found = connection.execute(
        f"SELECT text, {value} FROM (SELECT DISTINCT text FROM ({each}) WHERE text IS NOT NULL) "
        f"ORDER BY text LIMIT {MOST_TEXTS}"
    ).fetchall()
    numbers = {text: number for text, number in found if number is not None}
    words = [text for text, number in found if number is None]
    given = {plain(text): number for text, number in of.texts}
    numbers |= {w: given[plain(w)] for w in words if plain(w) in given}
    left = [w for w in words if plain(w) not in given]
    numbers |= {w: n for w in left if (n := number_in(w)) is not None}
    left = [w for w in left if w not in numbers]
    low, high = instrument.item_range
    if left and not numbers:
        numbers |= _by_words(left, staged, of, instrument, ledger)
    return {text: float(n) for text, n in numbers.items() if low <= n <= high}


def _by_words(words: list[str], staged: Staged, of, instrument: Instrument, ledger) -> dict:
    low, high = instrument.item_range
    order = ranked(words, int(high - low) + 1)
    evidence = f"{staged.name}: the answers to the items of {instrument.name} are words"
    where = (staged.name, "")
    if not order:
        choices = {
            "leave-out": f"its items are left out (or give each answer a number under "
            f"[variables.{of.name}.texts] in the mapping)"
        }
        ledger.ask(f"answer-texts:{of.name}", where, evidence, choices, count=len(words))
        return {}
    listed = ", ".join(f"{low + step:g} = '{text}'" for text, step in order.items())
    choices = {"ranked": listed, "leave-out": "its items are left out"}
    answer = ledger.ask(
        f"answer-texts:{of.name}", where, evidence, choices, "ranked", count=len(words)
    )
    return {text: low + step for text, step in order.items()} if answer == "ranked" else {}


def _floats(column) -> np.ndarray:
    filled = np.ma.filled(column, np.nan) if np.ma.isMaskedArray(column) else column
    return np.asarray(filled, dtype=float)


def _refuse(staged: Staged, items, wrong, case: str, instrument, ledger: Ledger) -> None:
    low, high = instrument.item_range
    for i, (item, text) in enumerate(items):
        if wrong[:, i].any():
            problem = Problem(
                item,
                "text",
                f"is no answer to an item of {instrument.name} ({low:g} to {high:g})",
                "correct or empty it",
                "cell",
            )
            known = f" AND ({case.format(text)}) IS NULL" if case else ""
            rows = f"FROM {staged.table} WHERE ({text}) IS NOT NULL{known}"
            ledger.refuse(staged.index, rows, problem, staged.columns[item])
