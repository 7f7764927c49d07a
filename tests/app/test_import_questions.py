"""The page asks, and imports by the answers."""

from analysis.store.versions import catalogue
from tests.app.open_page import answered, opened, texts

DATES = "patient,session,date,phq9\n" + "".join(
    f"p{p},{s},0{s}/0{p}/2024,{10 + s}\n" for p in range(1, 6) for s in range(1, 5)
)


def test_an_open_date_order_is_asked_and_answered(empty_store):
    at = opened("import")
    at.file_uploader[0].set_value([("visits.csv", DATES.encode(), "text/csv")])
    at = answered(at.run())
    next(b for b in at.button if b.label == "Import").click()
    at = answered(at.run())
    (question,) = at.radio
    assert "nothing decides it" in question.label and question.value is None
    assert catalogue.datasets() == ()
    question.set_value("dmy")
    next(b for b in at.button if "Go on" in b.label).click()
    at = answered(at.run())
    assert "Imported: 20 rows read = 20 kept" in texts(at)
    assert catalogue.find("visits").counts["session"] == 20
