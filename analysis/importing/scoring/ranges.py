"""Scores of one scale in two ranges: where some clinics (or the file) write them from 0 to 100."""

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.mapping import MappedVariable, Mapping
from analysis.importing.reading import cells
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.read import Staged
from analysis.measures.instruments import Instrument, instruments

PERCENT = 100
UP_TO = 70  # how high scores of 0 to 100 reach at least
FEWEST = 10  # scores of a clinic that can tell
SHARE = 0.1  # of a clinic's scores that lie above the scale, for all of them to be of 0 to 100


def one_range(connection, mapping: Mapping, files: list[Staged], ledger: Ledger) -> None:
    """Asks about scales that go up to 100 in some clinics, and by the answer scales them down."""
    for staged in files:
        for variable in mapping.variables:
            instrument = instruments().get(variable.instrument)
            column = clean_name(variable.source)
            if instrument is None or column not in staged.columns or variable.items:
                continue
            if variable.component or variable.kind != "number" or not instrument.total_range:
                continue
            if instrument.total_range[1] < PERCENT:
                high = instrument.total_range[1]
                _settle(connection, mapping, staged, variable, instrument, high, ledger)


def _settle(
    connection,
    mapping: Mapping,
    staged: Staged,
    variable: MappedVariable,
    instrument: Instrument,
    high: float,
    ledger: Ledger,
) -> None:
    raw = staged.columns[clean_name(variable.source)]
    text = cells.present(raw, (*mapping.missing, *variable.missing))
    value = f"coalesce({cells.number(text, '.')}, {cells.number(text, ',')})"
    clinic = staged.columns.get(clean_name(mapping.key("clinic", staged.file)), "''")
    found = connection.execute(  # each different text is read once
        f"WITH texts AS (SELECT {raw} AS raw, any_value({value}) AS value FROM "
        f"(SELECT DISTINCT {raw} FROM {staged.table}) GROUP BY ALL), "
        f"pairs AS (SELECT {clinic} AS clinic, {raw} AS raw, count(*) AS n FROM {staged.table} "
        f"WHERE (SELECT max(value) FROM texts) >= {UP_TO} GROUP BY ALL) "
        f"SELECT clinic, coalesce(sum(n) FILTER (value > {high}), 0) >= {SHARE} * sum(n) "
        f"AND sum(n) >= {FEWEST} AND max(value) BETWEEN {UP_TO} AND {PERCENT} "
        "AND min(value) >= 0 AS wide FROM pairs JOIN texts USING (raw) WHERE value IS NOT NULL "
        "GROUP BY clinic"
    ).fetchall()
    wide = [name for name, is_wide in found if is_wide]
    if not wide:
        return
    whose = f"in {len(wide)} of {len(found)} clinics" if len(found) > 1 else "in the file"
    evidence = (
        f"{staged.name}: '{variable.source}' goes up to {PERCENT} {whose}; {instrument.name} ends "
        f"at {high:g}"
    )
    choices = {
        "percent": f"there it is read as 0 to {PERCENT} and scaled down to {high:g}",
        "set-aside": f"scores above {high:g} are set aside",
    }
    where, code = (staged.name, variable.source), f"two-ranges:{variable.source}"
    if ledger.ask(code, where, evidence, choices, "percent", len(wide)) == "percent":
        scaled = f"{value} * {high} / {PERCENT}"
        scaled = f"round({scaled})" if instrument.whole_totals else f"round({scaled}, 6)"
        connection.execute(
            f"UPDATE {staged.table} SET {raw} = CAST({scaled} AS VARCHAR) "
            f"WHERE {value} IS NOT NULL AND list_contains(?, {clinic})",
            [wide],
        )
