"""Tables in web pages, Excel's XML of 2003 and JSON, whatever the file is called."""

import pytest

from analysis.base.errors import ImportRefused
from analysis.importing.converting.exports.convert import convert_export, kind_of_text
from analysis.importing.doors import guess_mapping
from tests.spec.landing import KEYS, PHQ, land

ROWS = [("0017", "1", "15"), ("0017", "2", "9"), ("0018", "1", "12")]
EXPECTED = [("0017", 1, 15.0), ("0017", 2, 9.0), ("0018", 1, 12.0)]
TOLD = "SELECT patient, session, phq9 FROM session JOIN episode USING (episode) ORDER BY ALL"
HEAD = ("patient", "session", "phq9")


def html(*rows) -> str:
    return "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in rows)


def xml_2003(*rows) -> str:
    lines = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{v}</Data></Cell>' for v in row) + "</Row>"
        for row in rows
    )
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Data">'
        f"<Table>{lines}</Table></Worksheet></Workbook>"
    )


RECORDS = ", ".join(f'{{"patient": "{p}", "session": {s}, "phq9": {q}}}' for p, s, q in ROWS)
FILES = {
    "export.xls": f"<html><style>td {{x}}</style><table>{html(HEAD, *ROWS)}</table></html>",
    "unclosed.xls": "<table><tr><td>patient<td>session<td>phq9"
    + "".join(f"<tr><td>{p}<td>{s}<td>{q}" for p, s, q in ROWS),
    "layout.htm": "<!DOCTYPE html><table><tr><td><table>"
    + html(HEAD, *ROWS)
    + "</table></td></tr></table>",
    "old.xls": xml_2003(HEAD, *ROWS),
    "api.json": f"[{RECORDS}]",
    "lines.jsonl": RECORDS.replace("}, {", "}\n{"),
    "wrapped.json": f'{{"count": 3, "data": [{RECORDS}]}}',
}


@pytest.mark.parametrize("name", FILES)
def test_ids_keep_their_zeros_and_every_row_lands(tmp_path, name):
    assert land(tmp_path, {name: FILES[name]}, KEYS + PHQ).rows(TOLD) == EXPECTED


def converted(folder, text: str, kind: str) -> list[list[str]]:
    path = folder / "file"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    (table,) = convert_export(path, kind, "file", folder)
    lines = (folder / table["file"]).read_text(encoding="utf-8").splitlines()
    return [line.split(",") for line in lines]


def test_cells_that_span_skip_or_nest(tmp_path):
    spanning = "<table><tr><th>a<th>b<th>c<tr><td rowspan=2>1<td colspan=2>2<tr><td>3<td>4</table>"
    assert converted(tmp_path, spanning, "html") == [list("abc"), list("122"), list("134")]
    skipping = xml_2003(("a", "b", "c"), ("1", "3")).replace(
        '<Cell><Data ss:Type="String">3', '<Cell ss:Index="3"><Data ss:Type="String">3'
    )
    assert converted(tmp_path, skipping, "xml2003") == [list("abc"), ["1", "", "3"]]
    nested = '[{"id": 1, "phq": {"total": 9, "items": [1, 2]}}, {"id": 2, "phq": {"total": null}}]'
    lines = converted(tmp_path, nested, "json")
    assert lines[0] == ["id", "phq.total", "phq.items"] and lines[2] == ["2", "", ""]


def test_an_encoding_that_the_page_declares_and_a_day(tmp_path):
    page = '<meta charset="windows-1252"><table><tr><th>Größe<th>x<tr><td>ä<td>1</table>'
    assert converted(tmp_path, page.encode("cp1252"), "html")[0] == ["Größe", "x"]
    dated = xml_2003(("date", "x"), ("2024-03-04T00:00:00.000", "1"))
    dated = dated.replace('ss:Type="String">2024', 'ss:Type="DateTime">2024')
    assert converted(tmp_path, dated, "xml2003")[1] == ["2024-03-04", "1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html><p>Sign in</p></html>", "web page"),
        ("<html><table><tr><td>one cell</td></tr></table></html>", "web page"),
        ('{"a": 1, "b": [1, 2]}', "no list of records"),
        ('[{"a": 1}, {"a"', "cut off or damaged"),
        (xml_2003(HEAD, *ROWS)[:300], "cut off or damaged"),
        (xml_2003(HEAD).replace("<Workbook", "<!DOCTYPE x><Workbook", 1), "document type"),
        ('{"a": ' * 100_000, "cut off or damaged"),
    ],
)
def test_what_holds_no_table_is_refused_in_words(tmp_path, text, said):
    path = tmp_path / "file.xls"
    path.write_text(text)
    with pytest.raises(ImportRefused, match=said):
        guess_mapping([path])


def test_what_is_no_such_file():
    """Text that begins with a bracket, or other XML, is left to those who read text."""
    for head in (b"[1] patient,session\n", b"<?xml version='1.0'?><rss/>", b"patient,<table>\n"):
        assert kind_of_text(head) == ""
