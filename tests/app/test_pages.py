"""Every page: opened cold by its address, with data and without, with strange requests."""

import re

import pytest

from analysis.base.errors import StoreError
from analysis.presentation.words.partition import partition_words
from pages._app.frame import cached, cards, sidebar
from tests.app.open_page import answered, opened, tables, texts

PAGES = ("home", "explains", "datasets", "import", "dictionary", "method", "glossary")
TITLES = {
    "home": "The dataset demo",
    "explains": "What explains outcome",
    "datasets": "Datasets",
    "import": "Import",
    "dictionary": "Dictionary",
    "method": "Method",
    "glossary": "Glossary",
}
QUICK = dict(bootstrap="50")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opened_cold_by_its_address_renders(demo_store, page):
    at = opened(page, **QUICK)
    assert not at.exception
    assert not at.error
    assert TITLES[page] in texts(at)


def test_the_front_door_is_home(demo_store):
    at = opened(**QUICK)
    assert "900 treatments of" in texts(at)
    assert {m.label: m.value for m in at.metric}["Treatments"] == "900"


def test_synthetic_data_is_labelled_where_it_shows(demo_store):
    for page in ("home", "explains", "dictionary"):
        at = opened(page, **QUICK)
        assert "Synthetic data" in "".join(m.value for m in at.main.markdown)


@pytest.fixture(scope="module")
def main_page(demo_store):
    return answered(opened("explains", **QUICK))


def test_the_main_page_answers_in_a_sentence_first(main_page):
    at = main_page
    assert not at.exception
    assert not at.warning
    said = texts(at)
    assert re.search(r"Of the differences in PHQ-9 .* left unexplained by what was measured", said)
    assert said.index("Of the differences") < said.index("Shares of the outcome")


def test_the_main_page_s_numbers_are_the_partition_s(main_page):
    chosen = main_page.session_state["scope"]
    p = cached.partition_job(chosen.version, chosen).result(1)
    label = cached.about(chosen.dataset, chosen.version).label(chosen.outcome)
    assert partition_words.answer(p, label).replace("\u00a0", " ") in texts(main_page)
    total = sum(r["share"] for r in p.tidy())
    assert total == pytest.approx(1, abs=1e-9)  # shares are made to sum to one


def test_the_main_page_has_its_parts(main_page):
    said = texts(main_page)
    for part in (
        "Another quantity: expert judgement, not variance",
        "Lambert (1992)",
        "Norcross (2004)",
        "Correlations with outcome over many studies",
        "At each level",
        "Effects",
        "How far to trust it",
        "treatments of ",
        "Time order",
        "The outcome lies after session 5",
        "In these synthetic data",
        "python dashboard.py partition demo",
        "?dataset=demo",
        "The data are synthetic",
    ):
        assert part in said
    found = tables(main_page)
    assert len(found) >= 4
    columns = set(found[0][0])
    assert {"Share", "95 % interval", "Alone", "Last", "Truth"} <= columns


def test_the_truth_stands_beside_shares_that_it_is_known_for(demo_store):
    at = opened("explains", **QUICK)
    at.selectbox(key="adjust").set_value("intake").run()
    assert "Truth" in set(tables(answered(at))[0][0])


def test_every_chart_has_a_text_alternative_and_downloads(main_page):
    charts = main_page.get("vega_lite_chart")
    assert len(charts) >= 6  # bar, shares, two pies, levels, effects
    assert all(chart.proto.alt for chart in charts)
    labels = [b.proto.label for b in main_page.get("download_button")]
    # One menu a card: whole, levels and effects have a picture, two more a table alone.
    assert (labels.count("PNG"), labels.count("SVG")) == (3, 3)
    assert labels.count("CSV") == labels.count("Word") == 5


def test_a_change_of_scope_changes_the_answer(demo_store):
    at = answered(opened("explains", **QUICK))
    before = texts(at)
    at.selectbox(key="adjust").set_value("none").run()
    answered(at)
    assert not any(row["Part"].startswith("Adjusted for") for row in tables(at)[0])
    assert texts(at) != before


def test_a_link_reproduces_the_view(demo_store):
    at = answered(opened("explains", bootstrap="50", question="Next session", seed="7"))
    chosen = at.session_state["scope"]
    assert (chosen.question, chosen.seed, chosen.bootstrap) == ("next", 7, 50)
    assert "at the next session" in texts(at)


def test_growth_speaks_of_change(demo_store):
    at = answered(opened("explains", bootstrap="0", question="Growth"))
    assert "how fast PHQ-9" in texts(at) and "Shares of the differences in change" in texts(at)
    terms = next([row["Term"] for row in t] for t in tables(at) if "Term" in t[0])
    assert any("× weeks since session" in term for term in terms)


def test_the_link_that_the_page_offers_spells_everything_out(main_page):
    from urllib.parse import parse_qs

    offered = next(c.value for c in main_page.code if c.value.startswith("?dataset"))
    values = parse_qs(offered.removeprefix("?"))
    again = opened("explains", **values)
    assert again.session_state["scope"] == main_page.session_state["scope"]


@pytest.mark.parametrize(
    "address",
    [
        dict(dataset="../../etc/passwd"),
        dict(question="<script>alert(1)</script>"),
        dict(outcome="phq9; DROP TABLE session"),
        dict(factors="nobody"),
        dict(bootstrap="-5"),
        dict(bootstrap="1e9"),
        dict(seed="NaN"),
        dict(window=["12", "1"]),
        dict(window="x"),
        dict(adjust=""),
    ],
)
def test_hostile_values_in_the_address_are_dropped(demo_store, address):
    at = opened("explains", **address)
    assert not at.exception
    chosen = at.session_state["scope"]
    assert (chosen.dataset, chosen.question, chosen.outcome) == ("demo", "end", "phq9")
    assert chosen.window is None or chosen.window[0] <= chosen.window[1]
    assert chosen.bootstrap in sidebar.RESAMPLES
    assert chosen.seed == 1


def test_no_factor_chosen_is_said_and_nothing_is_calculated(demo_store):
    at = opened("explains", **QUICK)
    at.button_group(key="factors").set_value([]).run()
    assert "No factor is chosen" in texts(at)
    assert not at.exception


def test_the_dictionary_filters(demo_store):
    at = opened("dictionary")
    everything = len(tables(at)[0])
    at.button_group(key="in_factor").set_value(["alliance"]).run()
    assert {row["Factor"] for row in tables(at)[0]} == {"alliance"}
    assert len(tables(at)[0]) < everything


def test_an_error_of_the_family_is_a_calm_message(demo_store, monkeypatch):
    def refuse(*_):
        raise StoreError("The file is damaged", where="demo", next_step="import it again")

    monkeypatch.setattr(cached, "variable_summaries", refuse)
    at = opened("dictionary")
    assert not at.exception
    shown = at.warning[0].value.replace("\\", "")
    assert "The file is damaged" in shown
    assert "import it again" in shown


def test_an_unexpected_error_is_an_apology_without_details(demo_store, monkeypatch, capsys):
    def fail(*_):
        raise ValueError("patient 4711 scored 27")

    monkeypatch.delenv("RAPPORT_DEBUG", raising=False)
    monkeypatch.setattr(cached, "variable_summaries", fail)
    at = opened("dictionary")
    assert not at.exception
    assert "not your doing" in at.error[0].value
    assert "4711" not in texts(at) + capsys.readouterr().err


@pytest.mark.parametrize("page", ("home", "explains", "datasets", "dictionary"))
def test_an_empty_store_says_what_is_needed_and_offers_the_demo(empty_store, page):
    at = opened(page)
    assert not at.exception
    assert "Make the demo dataset" in [b.label for b in at.button]
    assert "dataset" in texts(at)


@pytest.mark.parametrize("page", ("import", "method"))
def test_pages_that_need_no_data_work_in_an_empty_store(empty_store, page):
    at = opened(page)
    assert not at.exception
    assert not at.warning


def test_the_offered_demo_is_made(empty_store):
    at = opened("home")
    next(b for b in at.button if b.label == "Make the demo dataset").click().run()
    answered(at)
    assert "3,000 treatments" in texts(at.run())


def test_a_damaged_file_is_shown_as_such_and_can_be_deleted(empty_store):
    folder = empty_store / "broken"
    folder.mkdir(parents=True)
    (folder / "0123456789ab.duckdb").write_bytes(b"no database at all" * 100)
    at = opened("datasets")
    assert not at.exception
    assert "damaged" in str(tables(at)[0])
    assert "cannot be read" in texts(at)


def test_a_dataset_is_deleted_only_after_a_second_yes(empty_store):
    from analysis.demo import make_demo
    from analysis.store.versions import catalogue

    make_demo(name="short-lived", episodes=60)
    at = opened("datasets")
    next(b for b in at.button if b.label.startswith("Delete")).click().run()
    assert [i.name for i in catalogue.datasets()] == ["short-lived"]
    next(b for b in at.button if b.label == "Delete for good").click().run()
    assert catalogue.datasets() == ()


def test_the_pool_is_warm_after_the_first_page(demo_store):
    from analysis.base.background import work

    opened("method")
    assert work._pool is not None


def test_caches_are_bounded():
    kept = [f for f in vars(cached).values() if hasattr(f, "clear") and hasattr(f, "_info")]
    assert kept
    assert all(f._info.max_entries for f in kept)


def test_labels_never_act_as_markdown():
    label = "![x](http://evil.example/p.png) [a](b) `c` **d** $e$ :red[f] <img src=x> 9 %"
    escaped = cards.escape(label)
    read = re.sub(r"\\(.)", r"\1", escaped).replace(cards.WORD_JOINER, "")
    assert read == label.replace("9 %", f"9{cards.NBSP}%")  # which no line end may part
    acting = re.sub(r"\\.", "", escaped)
    assert not set(acting) & set("![]()`*_$:<>#|~")


@pytest.mark.parametrize(
    "address", ["http://e.example/x", "HTTPS://e.example", "www.e.example", "a.b@e.example"]
)
def test_an_address_in_a_label_becomes_no_link(address):
    """Markdown links bare addresses, escaped or not: they must not read as one piece."""
    read = re.sub(r"\\(.)", r"\1", cards.escape(f"Mood {address}"))
    assert address not in read and read.replace(cards.WORD_JOINER, "") == f"Mood {address}"
