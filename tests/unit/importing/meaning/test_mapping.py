"""The mapping's file: it round-trips, and a faulty one is refused with its place."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.base.errors import ImportRefused
from analysis.importing.meaning.mapping import KEYS, MappedVariable, Mapping
from analysis.importing.reading.file_mapping import FileMapping
from analysis.measures.variables import FACTORS, UNITS

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
limit = st.none() | st.floats(allow_nan=False, allow_infinity=False)
pairs = st.lists(st.tuples(st.sampled_from(KEYS), text), unique_by=lambda p: p[0]).map(tuple)
variables = st.builds(
    MappedVariable,
    name=text,
    column=text,
    label=text,
    unit=st.sampled_from(UNITS),
    kind=st.sampled_from(["number", "category"]),
    factor=st.sampled_from(["", *FACTORS]),
    minimum=limit,
    maximum=limit,
    out_of_range=st.sampled_from(["keep", "quarantine"]),
    missing=st.lists(text).map(tuple),
)
files = st.builds(
    FileMapping,
    name=text,
    role=st.sampled_from(UNITS),
    delimiter=st.sampled_from(["", ";", "\t"]),
    skip=st.integers(0, 9),
    keys=pairs,
)


@given(
    st.builds(
        Mapping,
        keys=pairs,
        variables=st.lists(variables, max_size=4, unique_by=lambda v: v.name).map(tuple),
        files=st.lists(files, max_size=3).map(tuple),
        missing=st.lists(text, max_size=3).map(tuple),
        missing_ids=st.lists(text, max_size=3).map(tuple),
        dates=st.sampled_from(["", "dmy"]),
        endings=st.dictionaries(text, st.sampled_from(["planned", "ongoing"])).map(
            lambda d: tuple(d.items())
        ),
    )
)
def test_what_is_written_is_read_back(mapping):
    assert Mapping.from_text(mapping.to_toml()) == mapping


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("x =", "not TOML"),
        ("kees = {}", "did you mean 'keys'"),
        ('[keys]\npatiend = "x"', "did you mean 'patient'"),
        ("[keys]\npatient = 3", "should be text"),
        ('[variables.x]\nkind = "numbr"', "did you mean 'number'"),
        ('[variables.x]\nfactor = "aliance"', "did you mean 'alliance'"),
        ('[variables.x]\nminimum = "3"', "wrong type"),
        ('[variables.x]\nmissing = "3"', "wrong type"),
        ("[variables.x]\nmissing = [3]", "list of texts"),
        ('[variables.x]\nout_of_range = "drop"', "out_of_range"),
        ('[[files]]\nrole = "patient"', "role"),
        ("[[files]]\nskip = -1", "negative"),
        ("[[files]]\nskip = true", "wrong type"),
        ('[[files]]\nencoding = "lattin"', "encoding"),
        ('main_outcome = "x"', "names no variable"),
        ("main_outcome = 3", "should be text"),
        ('dates = "dym"', "dates"),
        ('[endings]\nmoved = "away"', "ending"),
        ("files = 3", "list of tables"),
        ("[variables]\nx = 3", "should be a table"),
    ],
)
def test_a_faulty_mapping_is_refused_with_its_place(tmp_path, document, told):
    path = tmp_path / "map.toml"
    path.write_text(document)
    with pytest.raises(ImportRefused, match=told) as caught:
        Mapping.from_toml(path)
    assert "map.toml" in caught.value.where


def test_a_mapping_that_is_absent_or_no_text(tmp_path):
    with pytest.raises(ImportRefused, match="cannot be opened"):
        Mapping.from_toml(tmp_path / "no.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ImportRefused, match="not UTF-8"):
        Mapping.from_toml(tmp_path / "bad.toml")


def test_letters_of_any_script_survive():
    name = string.punctuation + "Ñandú Ж 漢 🙂\x7f\t\\"
    mapping = Mapping(keys=(("patient", name),), variables=(MappedVariable(name),))
    assert Mapping.from_text(mapping.to_toml()) == mapping
