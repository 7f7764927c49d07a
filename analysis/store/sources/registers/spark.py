"""A table on a Spark cluster, asked through Spark Connect: neither Java nor Spark runs here."""

import contextlib
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from analysis.base.errors import RapportError, StoreError
from analysis.store.register_address import Address
from analysis.store.sources.registers import refusals

NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # what cannot be computed is told, not made a NULL
}
# The client's own ten minutes of trying again suit a notebook, not a command.
_RETRIES: dict[str, Any] = {"max_retries": 3, "initial_backoff": 200, "max_backoff": 2000}
_ABSENT = ("TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND")


@contextlib.contextmanager
def open_spark(address: Address) -> Iterator[Callable[[str], pa.Table]]:
    """What runs a SELECT there. StoreError where nothing answers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the client, about versions it was not tried with
        session, Refused = _session(address)

        def run(sql: str) -> pa.Table:
            try:
                return session.sql(sql).toArrow()
            except Refused as error:
                raise _refusal(error, address) from None

        with contextlib.ExitStack() as stack:
            stack.callback(session.stop)  # of this session alone, its running queries included
            try:
                for name, value in _SETTINGS.items():
                    session.conf.set(name, value)
            except Refused as error:
                raise _unreachable(str(error), address) from None
            yield run


def spark_columns(run, address: Address) -> list[tuple[str, str, bool]]:
    """Name, type and True (Spark tells only when it is asked) of each column."""
    try:
        found = run(f"DESCRIBE TABLE {_quoted(address.path)}")
    except _Absent:
        raise refusals.absent(address, _tables(run, address.path[:-1])) from None
    columns = []
    for name, kind in zip(*(c.to_pylist() for c in found.columns[:2]), strict=True):
        if not name or name.startswith("# "):
            break  # what follows is about partitions
        columns.append((name, kind.partition("(")[0], True))
    return columns


class _Absent(StoreError):
    """The table is not there."""


def _session(address: Address):
    """A new session, and the family of errors that its calls raise."""
    # The client writes each refused query, with values and stack, to its log and thus the screen.
    logging.getLogger("pyspark").setLevel(logging.CRITICAL + 1)
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession
    except ImportError:
        raise refusals.no_driver("Spark", "pyspark-client") from None
    try:
        session = SparkSession.builder.remote(address.connection).create()
    except PySparkException:
        raise refusals.unreachable(
            address, "the connection string cannot be read", "correct what follows the ';'"
        ) from None
    session.client.set_retry_policies([DefaultPolicy(**_RETRIES)])
    return session, PySparkException


def _tables(run, schema: tuple[str, ...]) -> list[str]:
    """The tables beside, named as in the address."""
    try:
        found = run("SHOW TABLES" + (f" IN {_quoted(schema)}" if schema else ""))
    except StoreError:
        return []
    return [".".join((*schema, name)) for name in found.column("tableName").to_pylist()]


def _quoted(path: tuple[str, ...]) -> str:
    return ".".join("`" + part.replace("`", "``") + "`" for part in path)


def _unreachable(said: str, address: Address) -> RapportError:
    if "UNAUTHENTICATED" in said or "PERMISSION_DENIED" in said:
        return refusals.unreachable(
            address, "it lets in no such account", "check the token of the connection string"
        )
    if "ssl" in said.lower():
        return refusals.unreachable(
            address, "the encrypted connection failed", "check use_ssl and the certificates"
        )
    return refusals.unreachable(
        address,
        "no Spark Connect server answers",
        "check host and port, and that the cluster runs one (start-connect-server.sh)",
    )


def _refusal(error, address: Address) -> RapportError:
    condition, state = error.getCondition() or "", error.getSqlState() or ""
    if condition in _ABSENT or state in ("42P01", "42704"):
        return _Absent("There is no such table", where=address.label)
    if state == "42501" or "PERMISSION" in condition:
        return refusals.forbidden(address)
    if state == "22003":
        return refusals.too_large(address)
    if "CANCEL" in condition or "TIMEOUT" in condition:
        return refusals.stopped(address)
    said = str(error)
    if "maxResultSize" in said or "OutOfMemory" in said:
        return refusals.overloaded(address)
    if "UNAVAILABLE" in said or "SESSION" in condition or "RETRIES" in condition:
        return refusals.broken_off(address)
    return refusals.failed(address, condition)
