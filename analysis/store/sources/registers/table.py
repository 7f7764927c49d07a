"""A register's table as the source of a fit: it stays where it is, and only sums come over."""

import contextlib
from collections.abc import Iterator

from analysis.store.register_address import Address, read_address
from analysis.store.sources.registers import postgres, refusals, spark
from analysis.store.sources.relation import Source
from analysis.store.versions.naming import quoted

_FLOATS = ("real", "double precision", "float", "double")


@contextlib.contextmanager
def open_register(source: str, names: tuple[str, ...]) -> Iterator[Source]:
    """The table that `source` addresses, for the variables `names`.

    Numbers are doubles, NaN is missing; everything else is a category, read as text and told
    apart byte by byte. Columns that the account may not read are left out: StoreError where one
    of them is named.
    """
    address = read_address(source)
    try:
        from analysis.store.sources.registers.cursor import RegisterCursor
    except ImportError:
        raise refusals.no_driver("other databases", "sqlglot") from None
    with _opened(address) as (run, columns):
        _check_readable(address, columns, names)
        kinds = {name: kind for name, kind, may in columns if may}
        numbers = [n for n, k in kinds.items() if k in (*postgres.NUMBERS, *spark.NUMBERS)]
        yield Source(
            cursor=RegisterCursor(address.dialect, run),
            relation=".".join(map(quoted, address.path)),
            kinds={n: "number" if n in numbers else "category" for n in kinds},
            numbers={n: f"CAST({quoted(n)} AS DOUBLE)" for n in numbers},
            texts={n: _text(n, n in numbers, k, address.dialect) for n, k in kinds.items()},
            name=address.label,
            inline=True,
        )


@contextlib.contextmanager
def _opened(address: Address):
    """What runs a statement there, and name, type and permission of each column."""
    if address.dialect == "postgres":
        with postgres.open_postgres(address) as run:
            yield run, postgres.postgres_columns(run, address)
    else:
        with spark.open_spark(address) as run:
            yield run, spark.spark_columns(run, address)


def _check_readable(address: Address, columns, names: tuple[str, ...]) -> None:
    if not any(may for _, _, may in columns):
        raise refusals.forbidden(address)
    for name, _, may in columns:
        if name in names and not may:
            raise refusals.forbidden(address, name)


def _text(name: str, is_number: bool, kind: str, dialect: str) -> str:
    """Whole numbers read '7', not '7.0', '7.00' or '1.0E7', also where a text holds them: equal
    numbers are one. PostgreSQL compares byte by byte then, whatever the order of the database's
    language says."""
    column = quoted(name)
    text = f"CAST({column} AS VARCHAR)"
    if dialect == "postgres":  # some of its orders know no patterns
        text = f'({text} COLLATE "C")'
    text = f"regexp_replace({text}, '^(-?[0-9]+)\\.0+$', '\\1')"
    text = f"regexp_replace({text}, '^(-?[0-9]+\\.[0-9]*[1-9])0+$', '\\1')"
    if is_number:
        text = f"nullif({text}, 'NaN')"
    if kind in _FLOATS:
        whole = f"{column} = floor({column}) AND abs({column}) < 1e15"
        text = f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE {text} END"
    return f'({text}) COLLATE "C"' if dialect == "postgres" else text
