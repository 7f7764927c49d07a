"""Answers to the items of a scale become its total and subscales, by the instrument's rule.

Each score becomes a column of the staged table, judged afterwards like one that came along. The
table `scored_<file>` accounts for the cells behind it, line by line: read, landed (in a score),
refused, unused (no score came of them), superseded (a given total that the items' own replaced).
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.mapping import SCORED, MappedVariable, Mapping
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.read import Staged
from analysis.importing.reading.sniff import refused
from analysis.importing.scoring.answers import Sheets, read_answers
from analysis.importing.scoring.evidence import keyed_answers, say_consistency
from analysis.importing.scoring.totals import GivenTotal, given_total, put_together, scores_of
from analysis.measures.instruments import Instrument, instruments


@dataclass(frozen=True, slots=True)
class _Scale:
    """The variables that are made from the same items."""

    instrument: Instrument
    items: tuple[str, ...]
    variables: tuple[MappedVariable, ...]


def score_items(
    connection, mapping: Mapping, files: list[Staged], ledger: Ledger
) -> tuple[Mapping, list[Staged]]:
    """Scores each scale in each file that has its items.

    Returns the mapping whose scored variables read the new columns, and the files with them.
    ImportRefused where a file has some of the items and not all, or the instrument isn't known.
    """
    scales = _scales(mapping)
    scored = []
    for staged in files:
        for scale in scales:
            if any(item in staged.columns for item in scale.items):
                staged = _score(connection, mapping, staged, scale, ledger)
        scored.append(staged)
    return replace(mapping, variables=tuple(map(_reading_score, mapping.variables))), scored


def as_mapped(planned: Mapping, mapping: Mapping) -> Mapping:
    """The planned mapping with the columns that the files really have."""
    columns = {v.name: v.column for v in mapping.variables if v.items}
    variables = tuple(
        replace(v, column=columns[v.name]) if v.name in columns else v for v in planned.variables
    )
    return replace(planned, variables=variables)


def _reading_score(variable: MappedVariable) -> MappedVariable:
    return replace(variable, column=variable.name + SCORED) if variable.items else variable


def _scales(mapping: Mapping) -> list[_Scale]:
    groups: dict[tuple[str, ...], list[MappedVariable]] = {}
    for variable in mapping.variables:
        if variable.items:
            groups.setdefault(tuple(map(clean_name, variable.items)), []).append(variable)
    return [_Scale(_instrument(v[0]), items, tuple(v)) for items, v in groups.items()]


def _instrument(variable: MappedVariable) -> Instrument:
    found = instruments().get(variable.instrument)
    where = f"variable '{variable.name}'"
    if found is None:
        known = ", ".join(instruments())
        raise refused("Items are scored by an instrument", where, "name its instrument", known)
    if len(variable.items) != found.items:
        raise refused(
            f"{found.name} has {found.items} items, and {len(variable.items)} columns are named",
            where,
            "name a column for each item, in the instrument's order",
        )
    return found


def _score(connection, mapping: Mapping, staged: Staged, scale: _Scale, ledger: Ledger) -> Staged:
    absent = [item for item in scale.items if item not in staged.columns]
    if absent:
        raise refused(
            f"Items of {scale.instrument.name} are not in the file: {', '.join(absent[:5])}",
            staged.name,
            "name the columns of all items, or leave the variable out",
        )
    instrument, first = scale.instrument, scale.variables[0]
    sheets = read_answers(connection, mapping, staged, scale.items, first, instrument, ledger)
    answers = keyed_answers(staged, first.name, instrument, sheets, ledger)
    scores = scores_of(staged, scale.variables, instrument, answers, ledger)
    some = np.any([~np.isnan(s) for s in scores], axis=0)
    say_consistency(connection, mapping, staged, instrument, sheets, answers, ledger)
    given = None
    for i, variable in enumerate(scale.variables):
        column = clean_name(variable.column)
        if column in staged.columns and not variable.component:
            given = given_total(connection, mapping, staged, variable, ledger)
            scores[i] = put_together(staged, variable, scores[i], given, ledger)
            given = given.against(scores[i])
    _count(connection, staged, sheets, some, given)
    texts = {v.name + SCORED: _as_text(s) for v, s in zip(scale.variables, scores, strict=True)}
    return _with_columns(connection, staged, sheets.lines, texts)


def _as_text(score: np.ndarray) -> list[str]:
    """Worked: 12.0 -> '12', 12.5 -> '12.5', NaN -> ''."""
    return ["" if s != s else f"{s:.10g}" for s in score.tolist()]


def _count(connection, staged: Staged, sheets: Sheets, some, given: GivenTotal | None) -> None:
    answered = (~np.isnan(sheets.answers)).sum(axis=1)
    counts = {
        "read": answered + sheets.refused,
        "landed": np.where(some, answered, 0),
        "refused": sheets.refused,
        "unused": np.where(some, 0, answered),
        "superseded": np.zeros(len(some), dtype=np.int64),
    }
    if given is not None:
        for name, added in given.counts().items():
            counts[name] = counts[name] + added
    connection.register("counted", pyarrow.table({"line": sheets.lines} | counts))
    table = f"scored_{staged.index}"
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} AS SELECT * FROM counted LIMIT 0")
    connection.execute(f"INSERT INTO {table} SELECT * FROM counted")
    connection.unregister("counted")


def _with_columns(connection, staged: Staged, lines, columns: dict[str, list[str]]) -> Staged:
    added = {f"s{len(staged.columns) + i}": texts for i, texts in enumerate(columns.values())}
    connection.register("scores", pyarrow.table({"line": lines} | added))
    table = f"{staged.table}_s{len(staged.columns)}"
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT t.*, s.* EXCLUDE (line) FROM {staged.table} t "
        "JOIN scores s USING (line)"
    )
    connection.unregister("scores")
    connection.execute(f"DROP TABLE {staged.table}")
    named = staged.columns | dict(zip(columns, added, strict=True))
    return replace(staged, table=table, columns=named)
