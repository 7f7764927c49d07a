"""Of a large text the first rows are looked at for the guess, and that is said."""

from analysis.importing.guessing import guess


def test_the_first_rows_are_told_as_such(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text(
        "patient,session,phq9\n" + "".join(f"p{i // 4},{i % 4},{i % 28}\n" for i in range(400))
    )
    whole = guess.guess_mapping([path])
    monkeypatch.setattr(guess, "LARGE", 2_000)
    monkeypatch.setattr(guess, "SAMPLE", 1_000)
    part = guess.guess_mapping([path])
    assert part == whole
    assert [(look.part, look.rows < 400) for look in (*whole.looks, *part.looks)] == [
        (False, False),
        (True, True),
    ]
    assert "in the first " in dict(part.reasons)["key patient"]
