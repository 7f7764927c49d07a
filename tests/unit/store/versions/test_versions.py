"""Which version is current: what was imported last or chosen since, whatever the clock says."""

import datetime
import json

import pytest

from analysis.application import cli
from analysis.base.errors import StoreError
from analysis.measures.variables import Variable
from analysis.store.versions import catalogue, dataset, integrity, publishing

PHQ = Variable("phq9", "PHQ-9", "session", factor="outcome")


def write(score: float, name="a", original: bytes = b""):
    with dataset.new_version(name) as writer:
        writer.add_variables([PHQ])
        c = writer.connection
        c.execute("INSERT INTO clinic VALUES ('k')")
        c.execute("INSERT INTO therapist VALUES ('t', 'k')")
        c.execute("INSERT INTO episode VALUES ('e', 'p', 't', NULL, NULL, NULL)")
        c.execute("INSERT INTO session VALUES ('e', 1, NULL, 0.0, ?)", [score])
        if original:
            writer.set_meta("sources", [{"file": "x.csv", "sha256": sha(original)}])
            writer.keep_beside("originals", lambda folder: keep(folder, original))
    return writer.sealed


def sha(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def keep(folder, content: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / sha(content)).write_bytes(content)


def test_the_version_of_the_last_import_is_current_also_when_it_was_there_before(store):
    first, second = write(1.0), write(2.0)
    assert catalogue.find("a") == second
    again = write(1.0)
    assert again == first and again.current
    assert catalogue.find("a") == first
    assert [(i.version, i.current) for i in catalogue.datasets()] == [(first.version, True)]
    assert [i.current for i in catalogue.versions("a")] == [False, True]


def test_a_clock_that_goes_backwards_changes_nothing(store, monkeypatch):
    write(1.0)

    class Yesterday(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) - datetime.timedelta(days=400)

    monkeypatch.setattr(dataset, "datetime", Yesterday)
    second = write(2.0)
    assert catalogue.find("a") == second


def test_one_goes_back_and_the_others_stay(store):
    first, second = write(1.0), write(2.0)
    assert catalogue.use("a", first.version).current
    assert catalogue.find("a") == first and catalogue.find("a", second.version) == second
    with pytest.raises(StoreError, match="no such version"):
        catalogue.use("a", "0" * 12)


def test_a_store_that_never_named_one_shows_the_newest(store):
    write(1.0)
    second = write(2.0)
    (store / "a" / publishing.POINTER).unlink()
    assert catalogue.find("a") == second
    (store / "a" / publishing.POINTER).write_text("rubbish/../..")
    assert catalogue.find("a") == second


def test_a_damaged_current_version_is_said_and_not_replaced_in_silence(store):
    first, second = write(1.0), write(2.0)
    catalogue.release(store)
    second.path.write_bytes(b"damaged")
    with pytest.raises(StoreError, match="cannot be read"):
        catalogue.find("a")
    good, bad = catalogue.datasets()  # what can be offered, and what is said beside it
    assert (good.version, good.current, bad.problem != "") == (first.version, False, True)
    assert catalogue.find("a", first.version) == first


def test_one_version_is_deleted_with_what_lies_beside_it(store):
    first, second = write(1.0, original=b"one"), write(2.0, original=b"two")
    with pytest.raises(StoreError, match="current one"):
        catalogue.delete_version("a", second.version)
    with pytest.raises(StoreError, match="no such version"):
        catalogue.delete_version("a", "0" * 12)
    catalogue.delete_version("a", first.version)
    assert catalogue.versions("a") == (second,)
    assert not list((store / "a").glob(f"{first.version}*"))
    assert (second.path.with_suffix(".originals") / sha(b"two")).exists()


def test_a_look_at_its_integrity_finds_what_was_changed(store):
    sound, flipped, changed, lost = (write(k, original=b"%d" % k) for k in (1.0, 2.0, 3.0, 4.0))
    raw = bytearray(flipped.path.read_bytes())
    at = raw.index(b"PHQ-9")  # in a block that is in use
    raw[at] ^= 1
    flipped.path.write_bytes(raw)
    (changed.path.with_suffix(".originals") / sha(b"3")).write_bytes(b"3 and a half")
    (lost.path.with_suffix(".originals") / sha(b"4")).unlink()
    found = {i.version: i for i in integrity.check("a")}
    assert {v: i.state for v, i in found.items()} == {
        sound.version: "sound",
        flipped.version: "damaged",
        changed.version: "damaged",
        lost.version: "sound",
    }
    assert "cannot be read whole" in found[flipped.version].sentence
    assert "not kept" in found[lost.version].sentence
    assert [i.current for i in integrity.check("a")].count(True) == 1
    with pytest.raises(StoreError, match="no dataset"):
        integrity.check("b")


def test_content_that_another_took_its_place_is_found(store):
    """A file that reads well but is another version's: its name says what it must hold."""
    first, second = write(1.0), write(2.0)
    catalogue.release(store)
    first.path.write_bytes(second.path.read_bytes())
    states = {i.version: i.state for i in integrity.check("a")}
    assert states == {first.version: "damaged", second.version: "sound"}


def test_the_commands_list_choose_check_and_delete(store, capsys):
    first, second = write(1.0), write(2.0)

    def asked(*words: str) -> tuple[int, dict]:
        status = cli.main([*words, "--json"])
        return status, json.loads(capsys.readouterr().out or "{}")

    status, found = asked("versions", "a")
    assert (status, found["current"], len(found["versions"])) == (0, second.version, 2)
    assert asked("versions", "a", "--use", first.version)[1]["current"] == first.version
    assert asked("datasets")[1]["datasets"][0]["version"] == first.version
    assert asked("delete", "a", "--version", first.version)[0] == 2
    assert asked("versions", "a", "--check")[0] == 0
    catalogue.release(store)
    first.path.write_bytes(second.path.read_bytes())
    status, found = asked("versions", "a", "--check")
    assert (status, [v["state"] for v in found["versions"]].count("damaged")) == (2, 1)
    assert cli.main(["versions", "a"]) == 0
    assert first.version in capsys.readouterr().out
