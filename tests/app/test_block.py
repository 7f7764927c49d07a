"""A card: its tabs, its one menu, the links to it, and the top of the page that it stands on."""

from tests.app.open_page import answered, opened, texts


def test_each_card_has_one_menu_and_its_tabs(demo_store):
    at = answered(opened("explains", bootstrap="50"))
    assert not at.exception
    tabs = [tab.label for tab in at.tabs]
    assert tabs[:4] == ["Picture", "Each share", "Table", "How"]
    assert tabs.count("Picture") == 3 and tabs.count("Table") == 3
    copies = [code.value.splitlines()[-1] for code in at.code if "\t" in code.value]
    assert "Synthetic" in copies[0] and all("not for sharing" in line for line in copies)
    said = texts(at)
    links = next(line for line in said.splitlines() if line.startswith("On this page: "))
    for title in ("At each level", "Effects", "What others found", "How far to trust it"):
        assert f"[{title}](#" in links


def test_the_answer_comes_before_links_and_cards_and_after_what_was_asked(demo_store):
    said = texts(answered(opened("explains", bootstrap="50")))
    order = ("What explains outcome", "End of treatment · PHQ-9", "Of the differences in")
    places = [said.index(part) for part in (*order, "On this page", "Shares of the outcome")]
    assert places == sorted(places)
    assert "treatments of" in said.split("Of the differences")[0]


def test_question_and_model_count_where_they_are_shown_and_are_remembered(demo_store):
    at = answered(opened("explains", bootstrap="50", question="Next session"))
    assert any(s.key == "question" for s in at.selectbox)
    at.switch_page("../../outcomes.py").run()
    assert not any(s.key == "question" for s in at.selectbox)
    assert at.session_state["scope"].question == "next"
    assert "treatments of" in texts(at) and not at.exception and not at.error


def test_home_has_three_doors_and_names_the_demo(demo_store):
    at = answered(opened(bootstrap="50"))
    said = texts(at)
    assert "made by a program with known truth" in said
    labels = [link.proto.label for link in at.main.get("page_link")]
    assert labels[:3] == ["Look at outcomes", "Explore what explains them", "Bring my own file"]


def test_the_glossary_is_searched(demo_store):
    at = opened("glossary", word="shapley")
    assert "averaged over all orders" in texts(at) and "Bootstrap" not in texts(at)
    assert "No word of the glossary" in texts(opened("glossary", word="xyzzy"))
