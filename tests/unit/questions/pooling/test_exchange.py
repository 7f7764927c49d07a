"""The file of sums: what it must not hold, and which files are refused."""

import json
import stat

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import RequestError
from analysis.questions.pooling.exchange import _seal, read_file, write_file
from analysis.questions.pooling.pooled_fit import pool_files
from analysis.questions.pooling.pooling import site_sums, write_moments

FORMULA = "y ~ t + arm + (1 | ward/person)"


@pytest.fixture
def rows(tmp_path):
    rng = np.random.default_rng(5)
    cells = [
        (f"ward-{w}", f"Q{w}{p:02}zz", t) for w in range(4) for p in range(9) for t in range(3)
    ]
    frame = pd.DataFrame(cells, columns=["ward", "person", "t"])
    frame = frame.assign(arm=np.where(frame["person"].str[2].astype(int) % 2, "new", "old"))
    frame["y"] = np.round(rng.normal(20, 5, len(frame)), 9)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    return frame


@pytest.fixture
def path(rows, tmp_path):
    write_moments(FORMULA, tmp_path / "rows.csv", tmp_path / "one.sums", patient="person")
    return tmp_path / "one.sums"


def test_what_is_read_is_what_was_written(path, tmp_path, rows):
    written = site_sums(FORMULA, tmp_path / "rows.csv", patient="person")
    read = read_file(path)
    for name in ("formula", "kinds", "levels", "dictionary", "disclosure"):
        assert getattr(read, name) == getattr(written, name)
    for name in type(read.sums).__slots__:
        one, two = getattr(read.sums, name), getattr(written.sums, name)
        if isinstance(two, np.ndarray):
            assert one.shape == two.shape and one.dtype.kind == two.dtype.kind
            assert np.array_equal(one, two)  # decimal and back, to the last bit
        elif name != "parents":
            assert one == two
    assert all(map(np.array_equal, read.sums.parents, written.sums.parents))


def test_it_is_the_users_alone_and_says_what_it_holds(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first, *_ = json.loads(path.read_text())["about"]
    assert FORMULA in first
    assert path.read_text().index("about") < 10


def test_it_holds_no_name_of_a_group_and_no_measured_value(path, rows):
    text = path.read_text()
    for name in (*rows["person"].unique(), *rows["ward"].unique()):
        assert name not in text
    # Nine decimals: no measured value occurs in the file by chance.
    assert not [y for y in rows["y"] if str(y) in text]


def test_groups_are_numbered_by_what_they_hold(path, rows, tmp_path):
    """New names, sorted the other way, change nothing in the file."""
    names = {w: f"z{9 - int(w[-1])}" for w in rows["ward"].unique()}
    rows.assign(ward=rows["ward"].map(names), person=rows["person"].str[::-1]).to_csv(
        tmp_path / "again.csv", index=False
    )
    again = site_sums(FORMULA, tmp_path / "again.csv", patient="person").sums
    first = read_file(path).sums
    assert np.array_equal(again.entry_group, first.entry_group)
    # Sums in another order of the rows, of numbers of about one.
    assert np.allclose(again.sums, first.sums, rtol=0, atol=1e-12)


def _edited(path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_an_altered_file_is_refused(path):
    _edited(path, lambda content: content["gram"].__setitem__(0, content["gram"][0] + 1e-9))
    with pytest.raises(RequestError, match="altered or damaged"):
        read_file(path)


def test_another_layout_of_the_same_content_is_read(path):
    _edited(path, lambda content: None)
    assert read_file(path).sums.rows == 108


def test_another_version_is_refused(path):
    _edited(path, lambda content: content.update(version=2))
    with pytest.raises(RequestError, match="counts otherwise"):
        read_file(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b"a,b\n1,2\n", b"\xff\xfe\x00", b'{"format": NaN}', b"[" * 99_999],
)
def test_a_foreign_file_is_refused(content, tmp_path):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(RequestError, match="no file of sums"):
        read_file(tmp_path / "f")
    with pytest.raises(RequestError, match="no such file"):
        read_file(tmp_path / "nobody")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(rows=-1),
        lambda c: c.update(entry_units=[10**12] * len(c["entry_units"])),
        lambda c: c.update(entry_group=[-1] * len(c["entry_group"])),
        lambda c: c.update(scale=[0.0] * len(c["scale"])),
        lambda c: c.update(sums="none"),
        lambda c: c.update(levels={"arm": ["new"]}),
        lambda c: c.update(levels={}),
        lambda c: c.update(names=["a"] * len(c["names"])),
        lambda c: c.pop("gram"),
        lambda c: c.pop("disclosure"),
        lambda c: c.update(z=[0, 99]),
        lambda c: c.update(z=[-1] * len(c["z"])),
        lambda c: c.update(inner=[5] * len(c["inner"])),
        lambda c: c.update(rows=10**9, entry_units=[10**8] * len(c["entry_units"])),
        lambda c: c.update(gram=[-1.0, *c["gram"][1:]]),
        lambda c: c.update(scatter_pattern=[99] * len(c["scatter_pattern"])),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_though_sealed(change, path, tmp_path):
    good = tmp_path / "good.sums"
    good.write_bytes(path.read_bytes())

    def reseal(content):
        change(content)
        del content["sha256"]
        content["sha256"] = _seal(content)

    _edited(path, reseal)
    with pytest.raises(RequestError, match=r"no file of sums|formulae differ|given twice"):
        pool_files([path, good])
    with pytest.raises(RequestError):
        pool_files([good, path])


@pytest.mark.parametrize("field", ["rows", "gram", "scale", "groups"])
def test_a_number_beyond_all_numbers_is_refused(field, path):
    content = json.loads(path.read_text())
    content[field] = "HERE"
    path.write_text(json.dumps(content).replace('"HERE"', "1e999"))
    with pytest.raises(RequestError, match="no file of sums"):
        read_file(path)


def test_another_kind_of_file_is_not_overwritten(path, tmp_path):
    site = read_file(path)
    write_file(path, site)  # sums replace sums
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RequestError, match="Another kind of file"):
        write_file(tmp_path / "thesis.txt", site)
    for place in (tmp_path, tmp_path / "none" / "f"):
        with pytest.raises(RequestError, match="cannot be written there"):
            write_file(place, site)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.sums", "rows.csv", "thesis.txt"]
