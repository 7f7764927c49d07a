"""A register's table as the source of a fit: it stays where it is, and only sums come over."""

import contextlib
from collections.abc import Iterator

from analysis.store.naming import quoted
from analysis.store.registers import refusals
from analysis.store.registers.address import Address, read_address
from analysis.store.registers.postgres import NUMBERS, open_postgres, postgres_columns
from analysis.store.source import Source


@contextlib.contextmanager
def open_register(source: str, names: tuple[str, ...]) -> Iterator[Source]:
    """The table that `source` addresses, for the variables `names`.

    Numbers are doubles, NaN is missing; everything else is a category, read as text and told
    apart byte by byte. Columns that the account may not read are left out: StoreError where one
    of them is named.
    """
    address = read_address(source)
    try:
        from analysis.store.registers.cursor import RegisterCursor
    except ImportError:
        raise refusals.no_driver("other databases", "sqlglot") from None
    with open_postgres(address) as run:
        columns = postgres_columns(run, address)
        _check_readable(address, columns, names)
        readable = [(name, kind in NUMBERS) for name, kind, may in columns if may]
        yield Source(
            cursor=RegisterCursor(address.dialect, run),
            relation=".".join(map(quoted, address.path)),
            kinds={n: "number" if is_number else "category" for n, is_number in readable},
            numbers={n: f"CAST({quoted(n)} AS DOUBLE)" for n, is_number in readable if is_number},
            texts={n: _text(n, is_number) for n, is_number in readable},
            name=address.label,
            inline=True,
        )


def _check_readable(address: Address, columns, names: tuple[str, ...]) -> None:
    if not any(may for _, _, may in columns):
        raise refusals.forbidden(address)
    for name, _, may in columns:
        if name in names and not may:
            raise refusals.forbidden(address, name)


def _text(name: str, is_number: bool) -> str:
    """Compared byte by byte, whatever the order of the database's language says."""
    text = f"CAST({quoted(name)} AS VARCHAR)"
    if is_number:  # whole numbers read '7', not '7.0'
        text = f"nullif(regexp_replace({text}, '\\.0$', ''), 'NaN')"
    return f'{text} COLLATE "C"'
