"""A table on PostgreSQL, asked in one read-only transaction, so that every pass sees the same rows.

By ADBC, which streams what the database sends as Arrow.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pyarrow as pa

from analysis.base.errors import RapportError
from analysis.store.register_address import Address
from analysis.store.sources.registers import refusals

NUMBERS = ("smallint", "integer", "bigint", "real", "double precision", "numeric")
# What texts and numbers look like in the answers, whatever the server's own settings.
_SETTINGS = {
    "client_encoding": "UTF8",
    "timezone": "UTC",
    "datestyle": "ISO",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
}
_TABLES = (
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
)
_ON_THIS_COMPUTER = re.compile(r"(/.*|localhost(:\d+)?|127\.[\d.]+(:\d+)?|\[?::1\]?(:\d+)?)$")
_VARIABLES = {
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "fallback_application_name": "PGAPPNAME",
    "sslmode": "PGSSLMODE",
}
_TLS = "check the certificates; in a network that you trust, sslmode=prefer allows an open one"
# What libpq says while connecting -> what it means, and what helps.
_CONNECTING = {
    "invalid": ("the connection string cannot be read", "correct what follows the '?'"),
    "statement timeout": ("its time limit for a query is over", "try again later"),
    "password": ("it wants a password, or another one", "set PGPASSWORD, or write it in ~/.pgpass"),
    "does not exist": ("it knows no such account or database", "correct the address"),
    "pg_hba": ("it lets in no such account from here", "ask who keeps the database"),
    "translate host": ("its host is not known", "correct the address, or connect to its network"),
    "refused": ("nothing answers at that host and port", "check the address, and that it runs"),
    "no such file": ("nothing answers at that socket", "check the address, and that it runs"),
    "timeout": ("its host does not answer", "check the address, or connect to its network"),
    "ssl": ("the encrypted connection failed", _TLS),
    "too many": ("it has no connection left", "try again later"),
}


@contextlib.contextmanager
def open_postgres(address: Address) -> Iterator[Callable[..., pa.Table]]:
    """What runs a SELECT there, with values for its $1, $2. StoreError where nothing answers."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise refusals.no_driver("PostgreSQL", "adbc-driver-postgresql") from None
    with contextlib.ExitStack() as stack:
        try:
            connection = dbapi.connect(with_defaults(address.connection), autocommit=True)
        except dbapi.Error as error:
            raise _unreachable(str(error).lower(), address) from None
        stack.enter_context(contextlib.closing(connection))
        cursor = stack.enter_context(contextlib.closing(connection.cursor()))

        def run(sql: str, *values: str) -> pa.Table:
            try:
                cursor.execute(sql, values or None)
                return cursor.fetch_arrow_table()
            except dbapi.Error as error:
                raise _refusal(error.sqlstate or "", str(error).lower(), address) from None

        # Of the transaction, not the session: a pooler may give the next one to another server.
        connection.adbc_connection.set_autocommit(False)
        run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        settings = (f"set_config('{k}', '{v}', true)" for k, v in _SETTINGS.items())
        run(f"SELECT {', '.join(settings)}")
        yield run


def with_defaults(connection: str) -> str:
    """The connection string with what it leaves open: a time limit, a name for the database's own
    log, and encryption wherever the database is not on this computer.

    Worked: 'postgresql://h/d' -> 'postgresql://h/d?connect_timeout=10&…&sslmode=require'.
    """
    url = urlsplit(connection)
    given = dict(parse_qsl(url.query, keep_blank_values=True))
    own = _is_own(given, unquote(url.netloc.rpartition("@")[2]))
    defaults = {"connect_timeout": "10", "fallback_application_name": "Rapport"}
    defaults |= {} if own else {"sslmode": "require"}
    # libpq's own variables win over these defaults, too.
    open_ = {
        k: v for k, v in defaults.items() if k not in given and _VARIABLES[k] not in os.environ
    }
    if not open_:
        return connection
    return f"{connection}{'&' if url.query else '?'}{urlencode(open_)}"


def _is_own(given: dict[str, str], named: str) -> bool:
    """Whether the database is on this computer, by every way in which libpq learns its host: the
    address, its options host and hostaddr, a service, and the variables for all of these."""
    if "service" in given or os.environ.get("PGSERVICE"):
        return False  # the service's file may name any host
    named = given.get("host") or named
    hosts = [named or os.environ.get("PGHOST", "")]
    hosts.append(given.get("hostaddr") or os.environ.get("PGHOSTADDR", ""))
    told = [host for several in hosts for host in several.split(",") if host]
    return all(_ON_THIS_COMPUTER.match(host) for host in told)


def postgres_columns(run, address: Address) -> list[tuple[str, str, bool]]:
    """Name, type and whether it may be read, of each column; StoreError without the table."""
    schema, table = ("", *address.path)[-2:]
    found = run(
        "SELECT a.attname::text, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL), "
        "has_column_privilege(c.oid, a.attnum, 'SELECT') "
        f"FROM (SELECT c.oid, c.relname, n.nspname {_TABLES}) c "
        "JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname = $1 "
        "AND CASE WHEN $2 = '' THEN pg_table_is_visible(c.oid) ELSE c.nspname = $2 END "
        "ORDER BY a.attnum",
        table,
        schema,
    )
    if not found.num_rows:
        raise refusals.absent(address, _readable_tables(run))
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


def _readable_tables(run) -> list[str]:
    found = run(
        "SELECT CASE WHEN pg_table_is_visible(c.oid) THEN '' ELSE n.nspname || '.' END || c.relname"
        f" {_TABLES} AND has_any_column_privilege(c.oid, 'SELECT') "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    )
    return found.column(0).to_pylist()


def _unreachable(said: str, address: Address) -> RapportError:
    for sign, (why, next_step) in _CONNECTING.items():
        if sign in said:
            return refusals.unreachable(address, why, next_step)
    return refusals.unreachable(address, "it does not answer", "check the address")


def _refusal(state: str, said: str, address: Address) -> RapportError:
    """state: the SQLSTATE, '' where the connection was lost before one came."""
    if state == "42501":
        return refusals.forbidden(address)
    if state == "22003":
        return refusals.too_large(address)
    if state in ("57014", "40001", "25P03"):
        return refusals.stopped(address)
    if state == "54011":
        return refusals.too_wide(address)
    if state.startswith("53"):
        return refusals.overloaded(address)
    if state.startswith(("08", "57P")) or (not state and "connection" in said):
        return refusals.broken_off(address)
    return refusals.failed(address, state and f"SQLSTATE {state}")
