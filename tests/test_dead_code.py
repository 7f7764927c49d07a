"""Nothing is kept that nothing calls (vulture); what looks so and is not is listed with its reason.

Fields of results are left out: tables read them by name.
"""

from pathlib import Path

import pytest
from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"function", "class", "method", "property", "unreachable_code"}
# Name -> why it is kept though no code here calls it.
CALLED = {
    # Being wired to a command or a page.
    "of_kind": "sharing: a report by the name of its kind, which tests ask for",
    "may_list_therapists": "sharing: which therapists a report may list",
    "protect": "sharing: a table's cells, checked against an attacker at run time",
    "statistics_shown": "sharing: which statistics stand beside a rate",
    **dict.fromkeys(
        ("handle_starttag", "handle_endtag", "handle_data"), "importing: the HTML parser calls them"
    ),
    "subscale": "measures: scores from items at import",
}


def unused(paths: list[str]) -> dict[str, str]:
    """Name -> file and line of whatever nothing in `paths` uses."""
    dead = Vulture()
    dead.scavenge(paths)
    found = [item for item in dead.get_unused_code(min_confidence=60) if item.typ in KINDS]
    return {item.name: f"{Path(item.filename).name}:{item.first_lineno}" for item in found}


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return unused([str(ROOT / name) for name in ("analysis", "pages", "dashboard.py")])


def test_nothing_is_kept_that_nothing_calls(found):
    assert {name: place for name, place in found.items() if name not in CALLED} == {}


def test_what_nothing_calls_is_found(tmp_path):
    (tmp_path / "x.py").write_text(
        "def lonely():\n    return 1\n\n\ndef met():\n    met()\n\n\nmet()\n"
    )
    assert unused([str(tmp_path)]) == {"lonely": "x.py:1"}
