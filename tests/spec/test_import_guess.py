"""Files in, proposed mapping out; and the proposal imports as it is."""

import pytest

from analysis.base.errors import ImportRefused
from analysis.importing import doors as importing
from analysis.importing.meaning.words import factor_of, plain, rater_of

SPANISH = (
    "ID Paciente;Terapeuta;Centro;Nº Sesión;Fecha;PHQ-9;Vínculo;Edad\n"
    "1;t1;a;1;03/01/2026;20;5,5;30\n1;t1;a;2;17/01/2026;15;6;30\n"
    "2;t2;a;1;04/01/2026;9;4,5;40\n2;t2;a;2;18/01/2026;8;5;40\n"
)


def guess(tmp_path, files):
    if not isinstance(files, dict):
        files = {"data.csv": files}
    paths = []
    for name, content in files.items():
        paths.append(tmp_path / name)
        raw = content if isinstance(content, bytes) else content.encode()
        paths[-1].write_bytes(raw)
    mapping = importing.guess_mapping(paths)
    assert importing.Mapping.from_text(mapping.to_toml()) == mapping
    return mapping, paths


def test_a_spanish_export(store, tmp_path):
    mapping, paths = guess(tmp_path, SPANISH)
    assert dict(mapping.keys) == {
        "patient": "ID Paciente",
        "therapist": "Terapeuta",
        "clinic": "Centro",
        "session": "No Sesión",  # compatibility form (NFKC) of the sign
        "date": "Fecha",
    }
    found = {v.name: v for v in mapping.variables}
    assert found["phq_9"].instrument == "phq9" and found["phq_9"].maximum == 27
    assert (found["vinculo"].factor, found["vinculo"].component) == ("alliance", "bond")
    assert (found["edad"].unit, found["edad"].factor) == ("episode", "extra-therapeutic")
    assert mapping.main_outcome == "phq_9"
    assert {"key patient", "variable phq_9"} <= {what for what, _ in mapping.reasons}
    report = importing.import_files("d", paths, mapping)
    assert report.kept == 4 and report.quarantined == 0


def test_four_files_get_their_roles(store, tmp_path):
    mapping, paths = guess(
        tmp_path,
        {
            "s.csv": "client_id,session,phq9\np1,1,20\np1,2,15\np2,1,9\n",
            "e.csv": "patient,therapist,age\np1,t1,40\np2,t2,30\n",
            "t.csv": "therapist,clinic,years\nt1,n,5\nt2,s,9\n",
        },
    )
    assert [f.role for f in mapping.files] == ["session", "episode", "therapist"]
    report = importing.import_files("d", paths, mapping)
    assert report.tables == {"clinic": 2, "therapist": 2, "episode": 2, "session": 3, "patient": 2}


def test_encoding_and_title_lines_are_found(store, tmp_path):
    raw = "Exportación\n\npatient,session,phq9\nJosé,1,20\nAna,1,3\nEva,1,3\n".encode("cp1252")
    mapping, paths = guess(tmp_path, raw)
    assert (mapping.files[0].encoding, mapping.files[0].skip) == ("cp1252", 2)
    assert importing.import_files("d", paths, mapping).kept == 3


def test_a_score_outside_an_instruments_range_is_not_taken_for_it(store, tmp_path):
    rows = "".join(f"p{i},1,{i}\n" for i in range(60))
    mapping, _ = guess(tmp_path, "patient,session,phq9\n" + rows)
    assert mapping.variables[0].instrument == "" and mapping.variables[0].maximum is None


def test_free_text_and_empty_columns_are_left_out(store, tmp_path):
    rows = "".join(f"p{i},1,note number {i},\n" for i in range(60))
    mapping, _ = guess(tmp_path, "patient,session,note,void\n" + rows)
    assert mapping.variables == ()
    assert {"column note", "column void"} <= {what for what, _ in mapping.reasons}


def test_a_file_that_is_no_table_is_refused(tmp_path):
    with pytest.raises(ImportRefused, match="Excel"):
        guess(tmp_path, b"PK\x03\x04" + bytes(50))


def test_in_a_child(tmp_path):
    mapping, paths = guess(tmp_path, SPANISH)
    assert importing.guess_in_child(paths) == mapping


def test_a_subscale_is_not_taken_for_a_mixture_of_means_and_sums(tmp_path):
    rows = "".join(f"p{i // 4},{i % 4},{4 + i % 17},{1 + i % 5}\n" for i in range(200))
    mapping, _ = guess(tmp_path, "patient,session,wai_bond,wai_sr\n" + rows)
    found = {v.name: (v.minimum, v.maximum) for v in mapping.variables}
    assert found == {"wai_bond": (None, None), "wai_sr": (1, 5)}


def test_words():
    assert plain("Nº Sesión (WAI)") == "n_sesion_wai"
    assert factor_of("WAI Bond T") == ("alliance", "bond")
    assert factor_of("weight") == ("", "")
    assert (rater_of("wai_t"), rater_of("wai_patient"), rater_of("wai")) == (
        "therapist",
        "patient",
        "",
    )


@pytest.mark.parametrize(
    ("column", "held", "tells"),
    [
        ("treatment", ("E1", "E2", "E3"), True),
        ("Behandlung", ("1", "2", "3"), True),
        ("treatment", ("CBT", "PDT", "CBT"), False),  # a model that two patients get
        ("gender", ("E1", "E2", "E3"), False),
    ],
)
def test_a_treatments_code_tells_the_treatments_of_a_patient_apart(tmp_path, column, held, tells):
    """Patient A comes back: the sessions begin anew. Without it they would be told as repeated."""
    rows = [f"{p},{held[i]},{s},{9 + s}" for i, p in enumerate("AAB") for s in (1, 2, 3)]
    mapping, _ = guess(tmp_path, f"patient,{column},session,phq9\n" + "\n".join(rows) + "\n")
    assert (dict(mapping.keys).get("episode") == column) is tells
