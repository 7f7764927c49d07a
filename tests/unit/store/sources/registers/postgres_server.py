"""A PostgreSQL of the test's own: Debian's or any on the PATH, as an unprivileged user, in a
temporary folder, on a unix socket alone; ended by its own process id."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    folder: Path
    pid: int

    def address(self, table: str, user: str = "owner") -> str:
        return f"postgres://{user}@/register/{table}?host={self.folder}"

    def connect(self):
        from adbc_driver_postgresql import dbapi

        return dbapi.connect(f"postgresql://owner@/register?host={self.folder}")

    def run(self, *statements: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()


def programs() -> Path | None:
    """The folder of initdb and postgres, the newest; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: len(str(p)))
    on_path = shutil.which("initdb")
    paths = [*found[-1:], *([Path(on_path)] if on_path else [])]
    return next((p.resolve().parent for p in paths if (p.parent / "postgres").exists()), None)


def reason_without() -> str:
    """Why the tests cannot run here, '' where they can."""
    if os.name != "posix":
        return "the test's server needs unix sockets and accounts"
    if programs() is None:
        return "no PostgreSQL server is installed (Debian: apt install postgresql)"
    if os.geteuid() == 0 and _unprivileged() is None:
        return "root may not run PostgreSQL, and there is no account 'postgres' or 'nobody'"
    return ""


@contextlib.contextmanager
def running() -> Iterator[Server]:
    account = _unprivileged() if os.geteuid() == 0 else None
    as_user = {"user": account, "group": _group_of(account), "extra_groups": []} if account else {}
    folder = Path(tempfile.mkdtemp(prefix="rapport-pg-"))
    if account:
        shutil.chown(folder, account)
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, **as_user}
    try:
        subprocess.run(
            [
                programs() / "initdb",
                "-D",
                folder / "data",
                "-U",
                "owner",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
            ],
            check=True,
            stderr=subprocess.PIPE,
            **quiet,
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    programs() / "postgres",
                    "-D",
                    folder / "data",
                    "-k",
                    folder,
                    "-c",
                    "listen_addresses=",
                    "-c",
                    "fsync=off",
                    "-c",
                    "max_connections=20",
                ],
                stderr=log,
                **quiet,
            )
        try:
            _until_ready(folder, server)
            yield Server(folder, server.pid)
        finally:
            server.send_signal(signal.SIGINT)  # ends sessions, too
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _until_ready(folder: Path, server: subprocess.Popen) -> None:
    from adbc_driver_postgresql import dbapi

    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
        try:
            with (
                dbapi.connect(
                    f"postgresql://owner@/postgres?host={folder}", autocommit=True
                ) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("CREATE DATABASE register")
                return
        except dbapi.Error:
            time.sleep(0.05)
    raise RuntimeError("PostgreSQL does not answer: " + (folder / "log").read_text())


def _unprivileged() -> str | None:
    import pwd

    known = {account.pw_name for account in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def _group_of(account: str) -> int:
    import pwd

    return pwd.getpwnam(account).pw_gid
