"""Addresses of registers: what is read from them, and that no secret is ever shown."""

import os

import pytest

from analysis.application import cli
from analysis.base.errors import RapportError
from analysis.store.register_address import is_register, read_address, shows_secret
from analysis.store.sources.registers.postgres import with_defaults


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """An empty home, and the file of registers that the environment names."""
    path = tmp_path / "registers.toml"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RAPPORT_REGISTERS", str(path))
    return path


@pytest.mark.parametrize(
    ("source", "dialect", "path", "connection"),
    [
        ("postgres://u@h/d/t", "postgres", ("t",), "postgresql://u@h/d"),
        ("postgresql://h:5433/d/s.t", "postgres", ("s", "t"), "postgresql://h:5433/d"),
        ("postgres://h/d/s/t.u", "postgres", ("s", "t.u"), "postgresql://h/d"),
        ("postgres://h/d/a%2Fb%20%C3%BC", "postgres", ("a/b ü",), "postgresql://h/d"),
        ("postgres:///d/t?host=/run/pg", "postgres", ("t",), "postgresql:///d?host=/run/pg"),
        ("postgres://u@%2Frun%2Fpg/d/t", "postgres", ("t",), "postgresql://u@%2Frun%2Fpg/d"),
        ("sc://h:15003/c.s.t", "spark", ("c", "s", "t"), "sc://h:15003/"),
        ("sc://h/;use_ssl=true/s.t", "spark", ("s", "t"), "sc://h/;use_ssl=true"),
    ],
)
def test_an_address_is_a_connection_and_a_table(source, dialect, path, connection):
    found = read_address(source)
    assert (found.dialect, found.path, found.connection) == (dialect, path, connection)
    assert connection not in repr(found) and found.label == "register table " + ".".join(path)


@pytest.mark.parametrize(
    "source",
    [
        "postgres://u:secret@h/d",
        "postgres://u:secret@h",
        "postgres://u:secret@h/d/s/t/u",
        "postgres://u:sec#ret@h/d/t",
        "postgres://u:secret@h:port/d/t",
        "postgres:u:secret/d",
        "mysql://u:secret@h/d/t",
        "jdbc:postgresql://u:secret@h/d/t",
        "postgres://u:secret@h/d/a..b",
        "sc://h/;token=secret",
        "sc:///t;token=secret",
        "register:",
        "register:secret",
        "spark:secret",
        "postgres://u:secret@[h/d/t",
        "postgres://u:secret@h/d/t%00",
    ],
)
def test_a_wrong_address_is_refused_and_not_shown(source, capsys):
    assert is_register(source)
    assert cli.main(["fit", "y ~ x", "--data", source]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("Rapport: ") == 1
    assert "secret" not in err.replace("'secret'", "").replace("REGISTER_SECRET", "")


@pytest.mark.parametrize("source", ["demo", "a/b.csv", "C:\\data\\x.csv", "postgres.csv", "sc"])
def test_datasets_and_files_are_no_registers(source):
    assert not is_register(source) and not shows_secret(source)


def test_a_name_is_looked_up_in_the_environment_and_then_in_the_file(file, monkeypatch):
    file.write_text('north = "postgres://file@h/care"\nsouth-2 = "sc://h/;token=secret"\n')
    file.chmod(0o600)
    assert read_address("register:north/s.t").connection == "postgresql://file@h/care"
    south = read_address("register:south-2/s/t")
    assert (south.dialect, south.path, south.connection) == (
        "spark",
        ("s", "t"),
        "sc://h/;token=secret",
    )
    assert "secret" not in repr(south)
    monkeypatch.setenv("RAPPORT_REGISTER_NORTH", "postgresql://variable@h/care?sslmode=require")
    found = read_address("register:north/t").connection
    assert found == "postgresql://variable@h/care?sslmode=require"
    with pytest.raises(RapportError, match="did you mean 'south-2'"):
        read_address("register:south2/t")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_that_others_can_read_is_refused(file):
    file.write_text('north = "postgres://h/care"')
    file.chmod(0o640)
    with pytest.raises(RapportError, match="can be read by others") as caught:
        read_address("register:north/t")
    assert "chmod 600" in str(caught.value)


@pytest.mark.parametrize("text", ["north = ", "north = 5", "[north]\nhost = 'h'"])
def test_a_file_that_cannot_be_read_is_told(file, text):
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(RapportError, match="file of registers cannot be read"):
        read_address("register:north/t")


@pytest.mark.parametrize(
    ("source", "shows"),
    [
        ("postgres://u:secret@h/d/t", True),
        ("postgres://u@h/d/t?password=secret", True),
        ("sc://h/;use_ssl=true;token=secret/t", True),
        ("postgres://u@h:5432/d/t?sslmode=require", False),
        ("register:north/t", False),
    ],
)
def test_a_secret_on_the_command_line_is_noticed(source, shows, capsys, monkeypatch):
    assert shows_secret(source) is shows
    monkeypatch.setattr("analysis.questions.lab.answer.fit_formula", _never)
    cli.main(["fit", "y ~ x", "--data", source])
    err = capsys.readouterr().err
    assert ("Careful: a password on the command line" in err) is shows and "secret" not in err


@pytest.mark.parametrize(
    ("connection", "encrypted"),
    [
        ("postgresql://u@db.example.org/d", True),
        ("postgresql://u@10.0.0.7:5433/d?application_name=x", True),
        ("postgresql:///d?host=db.example.org", True),
        ("postgresql://u@db.example.org/d?sslmode=verify-full", False),  # as it was asked for
        ("postgresql://u@localhost:5433/d", False),
        ("postgresql://127.0.0.1/d", False),
        ("postgresql://[::1]:5432/d", False),
        ("postgresql:///d?host=/run/pg", False),
        ("postgresql://u@%2Frun%2Fpg/d", False),
        ("postgresql:///d", False),
        ("postgresql://localhost/d?hostaddr=203.0.113.9", True),
        ("postgresql:///d?service=care", True),
        ("postgresql:///d?host=localhost,db.example.org", True),
    ],
)
def test_a_database_elsewhere_is_asked_through_an_encrypted_connection(
    connection, encrypted, monkeypatch
):
    known = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSSLMODE", "PGCONNECT_TIMEOUT", "PGAPPNAME")
    for variable in known:
        monkeypatch.delenv(variable, raising=False)
    found = with_defaults(connection)
    assert ("sslmode=require" in found) is encrypted and "connect_timeout=10" in found
    assert found.startswith(connection) and found.count("?") == 1
    monkeypatch.setenv("PGSSLMODE", "prefer")
    assert "sslmode=require" not in with_defaults(connection)


@pytest.mark.parametrize("variable", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_a_host_that_a_variable_names_is_asked_encrypted(variable, monkeypatch):
    monkeypatch.delenv("PGSSLMODE", raising=False)
    monkeypatch.setenv(variable, "203.0.113.9")
    assert "sslmode=require" in with_defaults("postgresql:///d")


@pytest.mark.parametrize(
    "address", ["anna:hunter2@db/care/t", "postgre://anna:hunter2@h/d/t", "//anna:hunter2@h/d/t"]
)
def test_a_mistyped_address_is_refused_without_its_password(address, store, tmp_path, capsys):
    assert cli.main(["moments", address, "y ~ x", "--out", str(tmp_path / "s")]) == 2
    said = capsys.readouterr()
    assert "no register's address" in said.err and "hunter2" not in said.out + said.err


def _never(*_, **__):
    raise RapportError("no fit here")


@pytest.mark.parametrize("command", [("partition",), ("delete",)])
def test_what_needs_a_dataset_refuses_a_register(command, store, capsys):
    assert cli.main([*command, "postgres://u:secret@h/d/t"]) == 2
    err = capsys.readouterr().err
    assert "a register is one table" in err and "secret" not in err


def test_a_missing_driver_is_told(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sqlglot", None)
    monkeypatch.delitem(sys.modules, "analysis.store.sources.registers.dialect", raising=False)
    monkeypatch.delitem(sys.modules, "analysis.store.sources.registers.cursor", raising=False)
    from analysis.questions.lab.effects import fit_formula

    with pytest.raises(RapportError, match="is not installed"):
        fit_formula("y ~ x", "postgres://h/d/t")
