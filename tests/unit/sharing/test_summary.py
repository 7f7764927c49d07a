"""What a board takes away: three sentences of told figures."""

from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.request import of_kind
from analysis.sharing.writing.document import KeyFigures, Paragraph
from tests.unit.sharing.test_attacks import imported


def test_the_last_period_is_compared_with_the_one_shown_before(monkeypatch, tmp_path):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path))
    imported("gap", "gap.csv", "gap.toml")
    section = build(of_kind("outcomes", Scope("gap"))).document.sections[0]
    texts = [b.text for b in section.blocks if isinstance(b, Paragraph)]
    assert section.heading == "Summary" and any(isinstance(b, KeyFigures) for b in section.blocks)
    [change] = [t for t in texts if "not clearly other than" in t]
    # 2025 Q2 is hidden (test_attacks): 13 of 24 in 2025 Q1, 16 of 24 in 2024 Q2.
    assert change.startswith(
        "Reliable improvement in 2025 Q1 was not clearly other than in 2024 Q2"
    )
    assert "(−10 points, 95 % interval" in change
    assert any("finished treatments" in t for t in texts) or len(texts) == 2
