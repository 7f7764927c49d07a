"""The sentences: same numbers as the table, association and never cause, doubts said aloud."""

import re
from dataclasses import replace

import pytest

from analysis.models.result import Status
from analysis.presentation.words.partition import (
    partition_cautions,
    partition_phrases,
    partition_words,
)
from analysis.questions.partition.result import Bootstrap
from tests.sample_partition import sample

P = sample()
CAUSAL = re.compile(
    r"\b(caus|due to|because of|leads? to|effect of|improves?\b|makes patients)", re.I
)


def plain(p, outcome: str) -> str:
    """What the page says of how far to trust it: the paragraph, and the doubts below it."""
    return " ".join([partition_words.paragraph(p, outcome), *partition_cautions.caveats(p)])


def plain_spaces(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_answer_ranks_the_factors_and_ends_with_what_nobody_can_explain():
    said = plain_spaces(partition_words.answer(P, "PHQ-9"))
    assert said == (
        "Of the differences in PHQ-9 at the end of treatment, 20 % (17 to 23 %) go with what lies "
        "outside therapy, 8 % (6 to 10 %) with the alliance, 3.0 % (1.8 to 4.4 %) with the "
        "patient's expectations and 1.0 % (−0.2 to 2.1 %) with technique; 56 % are left "
        "unexplained by what was measured."
    )


def test_the_answer_names_the_question():
    assert "at the next session" in partition_words.answer(replace(P, question="next"), "OQ-45")
    growth = replace(P, question="growth")
    assert "differences in how fast OQ-45 changes" in partition_words.answer(growth, "OQ-45")
    assert "variance of patients' slopes" in partition_words.journal(growth, "OQ-45")
    assert partition_phrases.whole(growth) == "the differences in change"


def test_without_factors_the_answer_says_so():
    assert "No factor" in partition_words.answer(replace(P, blocks=()), "PHQ-9")


def test_without_intervals_there_are_no_brackets_and_it_is_said():
    bare = replace(
        P,
        blocks=tuple(replace(b, low=None, high=None) for b in P.blocks),
        bootstrap=Bootstrap(0, 0, "none", 1),
    )
    assert "(" not in partition_words.answer(bare, "PHQ-9")
    assert "No intervals were asked for" in plain(bare, "PHQ-9")
    assert "[" not in partition_words.journal(bare, "PHQ-9").split("Unexplained variance")[0]


@pytest.mark.parametrize(
    "write", [partition_words.answer, plain, partition_words.journal, partition_words.describe_bar]
)
def test_nothing_claims_a_cause(write):
    assert not CAUSAL.search(write(P, "PHQ-9"))


def test_the_plain_paragraph_warns_of_reading_it_as_cause():
    assert "associations" in plain(P, "PHQ-9")


def test_a_share_whose_interval_reaches_zero_cannot_be_told_from_nothing():
    sentences = plain(P, "PHQ-9").split(". ")
    technique = next(s for s in sentences if s.startswith("Technique:"))
    alliance = next(s for s in sentences if s.startswith("The alliance:"))
    assert "cannot tell it from nothing" in technique
    assert "cannot tell it from nothing" not in alliance


def test_the_journal_paragraph_has_every_share_with_its_interval():
    said = partition_words.journal(P, "PHQ-9")
    for text in (
        "alliance, .080 [.060, .105]",
        "technique, .010 [−.002, .021]",
        "patient, .490 [.460, .520]",
        "2,514 treatments of 150 therapists",
        "200 replicates, seed 1",
    ):
        assert text in said


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (dict(synthetic=True), "The data are synthetic"),
        (dict(status=Status(True, True)), "The fit is singular"),
        (dict(status=Status(False, False)), "did not converge"),
        (dict(groups={"therapist": 6, "clinic": 1}), "Only 6 therapists"),
        (dict(groups={"therapist": 1}), "Only 1 therapist:"),
        (dict(bootstrap=Bootstrap(200, 3, "cluster: therapist", 1)), "3 of 200 bootstrap"),
        (dict(status=Status(True, False, ("20 clinics are too few",))), "20 clinics are too few."),
    ],
)
def test_each_doubt_is_said_in_both_paragraphs(changes, sentence):
    p = sample(**(dict(synthetic=False, bootstrap=Bootstrap(200, 0, "parametric", 1)) | changes))
    assert sentence in plain(p, "PHQ-9")
    assert sentence in partition_words.journal(p, "PHQ-9")


def test_nothing_is_doubted_without_a_reason_and_nothing_is_said_twice():
    calm = sample(synthetic=False, bootstrap=Bootstrap(200, 0, "cluster: therapist", 1))
    assert partition_cautions.caveats(calm) == ()
    said = ("2 of 200 bootstrap replicates could not be fitted and were left out",)
    again = sample(synthetic=False, status=Status(True, False, said))
    assert len(partition_cautions.caveats(again)) == 1


def test_the_text_alternative_names_every_part():
    said = plain_spaces(partition_words.describe_bar(P, "PHQ-9"))
    for part in (
        "severity at intake 12 %",
        "alliance 8 %",
        "technique 1.0 %",
        "expectancy 3.0 %",
        "extra-therapeutic 20 %",
        "between clinics 2 %",
        "between therapists 5 %",
        "between patients 49 %",
    ):
        assert part in said


def test_patients_are_counted_beside_their_treatments():
    p = sample(rows=2671, groups={"treatment": 2671, "patient": 2578, "therapist": 150})
    assert partition_phrases.counted(p) == "2,671 treatments of 2,578 patients and 150 therapists"
    assert "2,671 treatments of 2,578 patients" in partition_words.journal(p, "PHQ-9")
    assert "2,671 synthetic treatments of 2,578 patients with 150" in plain(p, "PHQ-9")
