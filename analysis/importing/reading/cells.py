"""What the text of a cell means, as SQL expressions: ids, categories, numbers, dates.

Texts come without outer space: `trim_cells` takes it off when a file is read. Each expression gives
NULL where the text is missing or has no such meaning; the judge tells the two apart with `present`.
"""

from collections.abc import Iterable
from datetime import date as Day

from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import literal

# Spaces that DuckDB's trim leaves: no-break space, zero-width space, byte-order mark.
SPACE = " \t\r\n\v\f\u00a0\u200b\ufeff"
# What stands between threes of a number: space, no-break, thin and narrow no-break space.
_THIN = " \u00a0\u2009\u202f"
_BEFORE = "'€$£ "  # before a number: a spreadsheet's mark of a text, a currency
LARGEST = 1e15  # beyond it a float no longer tells neighbouring whole numbers apart
LARGEST_SESSION = 100_000
_DAY_NAME = r"(?:\pL{2,12}\.?,? +)?"  # 'Mo, 03.01.2024'
_ISO = _DAY_NAME + r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})([ T].*)?"
_PARTS = _DAY_NAME + r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})([ T].*)?"
_SHORT = _DAY_NAME + r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{2})([ T].*)?"
# '5-Jan-2024', 'Friday, 5. January 2024', '5 de enero de 2024'; and 'Jan 5, 2024'.
_WEEKDAY = r"(?:[^-\d\s./,]+\.?,? +)?"
_NAMED = (
    _WEEKDAY + r"(\d{1,2})[-/. ]+(?:de +)?([^-\d\s./,]+)[-/., ]+(?:de +|del +)?"
    r"(\d{4}|\d{2})([ T].*)?"
)
_MONTH_FIRST = _WEEKDAY + r"([^-\d\s./,]+)\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4}|\d{2})([ T].*)?"
_PACKED = r"((?:19|20)\d{2})(\d{2})(\d{2})"
# A month or a quarter of a year and no day: 'Jan 2024', '2024-01', '01/2024', 'Q1 2024'.
_MONTH_OF = r"([^-\d\s./,]{3,})\.?[-/., ]+(?:de +|del +)?(\d{4})"
_YEAR_MONTH = r"(\d{4})[-/](\d{1,2})"
_MONTH_YEAR = r"(\d{1,2})[-/](\d{4})"
_QUARTER_OF = r"[QTK]([1-4])[-/., ]*(\d{4})"
_QUARTER_IN = r"(\d{4})[-/., ]*[QTK]([1-4])"
_WEEK = r"(\d{4})-?W(\d{1,2})"  # ISO 8601
WITHOUT_DAY = (_MONTH_OF, _YEAR_MONTH, _MONTH_YEAR, _QUARTER_OF, _QUARTER_IN, _WEEK)
_EPOCH = r"1\d{9}(\d{3})?(\.\d+)?"  # seconds or milliseconds since 1970: 2001 to 2033
_MONTHS = (
    ("jan", "ene", "gen"),
    ("feb", "fev"),
    ("mar", "mrz", "maa"),
    ("apr", "abr", "avr"),
    ("mai", "may", "maj", "mei", "mag"),
    ("jun", "giu"),  # and French juin
    ("jul", "lug"),  # and juillet
    ("aug", "ago", "aou"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "dez", "dic"),
)
_LABELLED = (
    r"^(?:session|sitzung|sesion|seance|sessie|besok|visit|termin|week|woche|semana|semaine|vecka|"
    r"month|monat|mes|mois|time|wave|[stwv])[ _.:#-]*0*(\d{1,5})(?:[ _]?(?:arm[ _]\d+|of \d+))?$"
)
# '1st', '2. Sitzung', '3ª sesión'
_ORDINAL = (
    r"^0*(\d{1,5})(?:st|nd|rd|th|\.|º|ª|°|er|ere|eme|e|:a|:e) ?"
    r"(?:session|sitzung|sesion|seance|sessie|besok|visit|termin)?$"
)
_SERIAL = r"[2-7]\d{4}(\.\d+)?"  # a spreadsheet's day number: 1954 to 2119


def trim_cells(connection, table: str, columns: Iterable[str]) -> None:
    """Takes outer space of every kind off the texts of a table's columns, where there is any.

    Trimming costs ten times what the look for it does: most columns have none.
    """
    columns = list(columns)
    if not columns:
        return
    held = ", ".join(f"coalesce(bool_or({_outer_space(c)}), false)" for c in columns)
    found = one_row(connection, f"SELECT {held} FROM {table}")
    loose = [c for c, spaced in zip(columns, found, strict=True) if spaced]
    if loose:
        taken_off = ", ".join(f"{c} = trim({c}, {literal(SPACE)})" for c in loose)
        connection.execute(f"UPDATE {table} SET {taken_off}")


def _outer_space(c: str) -> str:
    """Whether a cell begins or ends with space. ASCII (as many bytes as characters) is asked
    without a pattern; '!' is the first sign behind the spaces."""
    plain = f"{c} <> '' AND ({c} < '!' OR right({c}, 1) < '!')"
    pattern = literal(f"^[{SPACE}]|[{SPACE}]$")
    return f"({plain}) OR (strlen({c}) <> length({c}) AND regexp_matches({c}, {pattern}))"


def present(text: str, missing: Iterable[str]) -> str:
    """A cell's text; NULL when it is one of the `missing` texts."""
    listed = ", ".join(literal(token) for token in missing)
    return f"CASE WHEN {text} IN ({listed}) THEN NULL ELSE {text} END" if listed else text


def weeks(text: str) -> str:
    """A number of weeks, alone or behind a word for it. Worked: '2.5' -> 2.5, 'Week 3' -> 3."""
    return f"coalesce({number(text, '.')}, {number(text, ',')}, {session_number(text)})"


def number_pattern(decimal: str) -> str:
    """The regular expression (RE2) of a number with this decimal sign, as an SQL string."""
    sign = r"\." if decimal == "." else ","
    return literal(rf"[+-]?(\d+{sign}?\d*|{sign}\d+)([eE][+-]?\d{{1,3}})?")


def number(text: str, decimal: str) -> str:
    """The finite number that `text` writes. Worked: '5,5' with ',' -> 5.5; 'inf' -> NULL.

    A typographic minus counts as one. Thousands marks are taken out where nothing else can be
    meant: spaces between threes ('1 100,00'), or the other sign between threes before a decimal
    sign ('1.234,56' with ',').
    """
    text = f"ltrim(replace({text}, '\u2212', '-'), {literal(_BEFORE)})"
    sign, other = (r"\.", ",") if decimal == "." else (",", r"\.")
    spaced = literal(rf"[+-]?\d{{1,3}}([{_THIN}]\d{{3}})+({sign}\d*)?")
    grouped = literal(rf"[+-]?\d{{1,3}}({other}\d{{3}})+{sign}\d+")
    marks = literal(rf"[{_THIN}{other}]")
    return (
        f"TRY_CAST(CASE WHEN regexp_full_match({text}, {number_pattern(decimal)}) "
        f"THEN replace({text}, '{decimal}', '.') "
        f"WHEN regexp_full_match({text}, {spaced}) OR regexp_full_match({text}, {grouped}) "
        f"THEN replace(regexp_replace({text}, {marks}, '', 'g'), '{decimal}', '.') END AS DOUBLE)"
    )


def session_number(text: str) -> str:
    """A whole number from 0 on, alone or behind a word for it.

    Worked: '3', '3.0', 'Session 3', '3rd', '3. Sitzung', 'S03' and 'session_3_arm_1' -> 3; '2.5',
    '-1', 'Post' -> NULL.
    """
    labelled, plain = literal(_LABELLED), f"strip_accents(lower({text}))"
    whole = (
        rf"CASE WHEN regexp_full_match({text}, '\+?\d{{1,9}}(\.0*)?') THEN {text} "
        f"ELSE coalesce(nullif(regexp_extract({plain}, {labelled}, 1), ''), "
        f"nullif(regexp_extract({plain}, {literal(_ORDINAL)}, 1), '')) END"
    )
    value = f"TRY_CAST(TRY_CAST({whole} AS DOUBLE) AS INTEGER)"
    return f"CASE WHEN {value} <= {LARGEST_SESSION} THEN {value} END"


def date(text: str, order: str) -> str:
    """A calendar day; a time of day after it is dropped.

    order: 'dmy' or 'mdy' for dates written in numbers with the year last. Year first is
    always year, month, day, also without separators (20240105); five digits are a spreadsheet's
    day number (45292 -> 2024-01-01). A month by its name ('5-Jan-2024', 'Jan 5, 2024')
    needs no order, nor does a weekday before it; two digits
    are a year of this century if it has begun, else of the last. A month, a quarter or a
    week without a day is its first day (`without_day` tells which are).
    """
    day, month = (1, 2) if order != "mdy" else (2, 1)
    short, named = _part(text, _SHORT, 3), _part(text, _NAMED, 2)
    forms = {
        _ISO: _joined(text, _ISO, 1, 2, 3),
        _PARTS: _joined(text, _PARTS, 3, month, day),
        _SHORT: f"{_century(short)} || '-' || {_part(text, _SHORT, month)} || '-' || "
        f"{_part(text, _SHORT, day)}",
        _NAMED: f"{_year(_part(text, _NAMED, 3))} || '-' || {_month(named)} || '-' || "
        f"{_part(text, _NAMED, 1)}",
        _MONTH_FIRST: f"{_year(_part(text, _MONTH_FIRST, 3))} || '-' || "
        f"{_month(_part(text, _MONTH_FIRST, 1))} || '-' || {_part(text, _MONTH_FIRST, 2)}",
        _PACKED: _joined(text, _PACKED, 1, 2, 3),
        _YEAR_MONTH: f"{_joined(text, _YEAR_MONTH, 1, 2)} || '-1'",
        _MONTH_YEAR: f"{_joined(text, _MONTH_YEAR, 2, 1)} || '-1'",
        _MONTH_OF: f"{_part(text, _MONTH_OF, 2)} || '-' || {_month(_part(text, _MONTH_OF, 1))} "
        "|| '-1'",
        _QUARTER_OF: _quarter(_part(text, _QUARTER_OF, 2), _part(text, _QUARTER_OF, 1)),
        _WEEK: _monday(_part(text, _WEEK, 1), _part(text, _WEEK, 2)),
        _QUARTER_IN: _quarter(_part(text, _QUARTER_IN, 1), _part(text, _QUARTER_IN, 2)),
    }
    cases = " ".join(
        f"WHEN regexp_full_match({text}, {literal(pattern)}) THEN TRY_CAST({day_text} AS DATE)"
        for pattern, day_text in forms.items()
    )
    serial = f"DATE '1899-12-30' + CAST(floor(TRY_CAST({text} AS DOUBLE)) AS INTEGER)"
    seconds = f"TRY_CAST(left({text}, 10) AS BIGINT)"
    epoch = f"CAST(TIMESTAMP '1970-01-01' + to_seconds({seconds}) AS DATE)"
    return (
        f"CASE {cases} WHEN regexp_full_match({text}, '{_SERIAL}') THEN {serial} "
        f"WHEN regexp_full_match({text}, '{_EPOCH}') THEN {epoch} END"
    )


def looks_like_a_date(text: str) -> str:
    """Whether the text has the form of what `date` reads, be it a day or not: 31/02/2024."""
    forms = (_ISO, _PARTS, _SHORT, _NAMED, _MONTH_FIRST, _PACKED, *WITHOUT_DAY, _SERIAL, _EPOCH)
    return f"regexp_full_match({text}, {literal('|'.join(f'(?:{form})' for form in forms))})"


def without_day(text: str) -> str:
    """Whether a date names a month, a quarter or a week, and no day."""
    told = (f"regexp_full_match({text}, {literal(pattern)})" for pattern in WITHOUT_DAY)
    return " OR ".join(told)


def date_votes(text: str) -> str:
    """SQL aggregates: dates that can only be day first, only month first, or either."""
    either = _PARTS.replace(r"(\d{4})", r"(\d{4}|\d{2})")
    slashed = f"regexp_full_match({text}, {literal(either)})"
    first = f"TRY_CAST({_part(text, either, 1)} AS INTEGER)"
    second = f"TRY_CAST({_part(text, either, 2)} AS INTEGER)"
    # Dates with points are day first wherever they are written so.
    day_first = f"{slashed} AND ({first} > 12 OR {text} LIKE '%.%.%')"
    return (
        f"count(*) FILTER ({day_first}), "
        f"count(*) FILTER ({slashed} AND {second} > 12), "
        f"count(*) FILTER ({slashed} AND {first} <= 12 AND {second} <= 12 "
        f"AND {first} <> {second})"
    )


def _part(text: str, pattern: str, group: int) -> str:
    return f"regexp_extract({text}, {literal(pattern)}, {group})"


def _joined(text: str, pattern: str, *groups: int) -> str:
    parts = (_part(text, pattern, group) for group in groups)
    return " || '-' || ".join(parts)


def _monday(year: str, week: str) -> str:
    """The first week of ISO 8601 is that with 4 January."""
    first = f"date_trunc('week', TRY_CAST({year} || '-01-04' AS DATE))"
    return f"strftime({first} + to_days(7 * (TRY_CAST({week} AS INTEGER) - 1)), '%Y-%m-%d')"


def _quarter(year: str, quarter: str) -> str:
    return f"{year} || '-' || (3 * TRY_CAST({quarter} AS INTEGER) - 2) || '-1'"


def _century(year: str) -> str:
    """Two digits as a year: up to this one of this century, else of the last."""
    this = Day.today().year % 100
    return f"CASE WHEN TRY_CAST({year} AS INTEGER) <= {this} THEN '20' ELSE '19' END || {year}"


def _year(year: str) -> str:
    return f"CASE WHEN length({year}) = 2 THEN {_century(year)} ELSE {year} END"


def _month(name: str) -> str:
    """The number of a month by the first letters of its name, in six languages."""
    letters = f"substr(strip_accents(lower({name})), 1, 3)"
    cases = " ".join(
        f"WHEN '{word}' THEN '{i}'" for i, words in enumerate(_MONTHS, start=1) for word in words
    )
    june = f"CASE WHEN strip_accents(lower({name})) LIKE 'juin%' THEN '6' ELSE '7' END"
    return f"CASE {letters} {cases} WHEN 'jui' THEN {june} END"
