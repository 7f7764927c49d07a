"""Sentences that know which of their figures are counts."""

import copy
import pickle

from analysis.base.sentence import Sentence, ended, tellable


def hidden(n: int) -> str:
    return "[c]" if n < 8 else str(n // 5 * 5)


def test_a_sentence_is_its_text_and_tells_its_counts_otherwise():
    said = Sentence(3, " of ", 1204, " treatments, by 'phq9' at session 3")
    assert said == "3 of 1,204 treatments, by 'phq9' at session 3"
    assert said.told(hidden) == "[c] of 1200 treatments, by 'phq9' at session 3"


def test_a_sentence_that_starts_with_a_count_or_ends_with_one_keeps_it():
    assert ended(Sentence("only ", 3)) == "Only 3."
    assert ended(Sentence(3, " clinics.")).told(hidden) == "[c] clinics."
    assert ended("too few.") == "Too few."


def test_counts_are_kept_when_a_result_is_sent_to_another_process():
    said = Sentence(3, " clinics")
    for again in (pickle.loads(pickle.dumps(said)), copy.deepcopy(said)):
        assert again == said and again.told(hidden) == "[c] clinics"


def test_a_figure_that_nobody_knows_is_not_tellable():
    assert tellable("too few clinics") and tellable(Sentence("'phq9' was left out"))
    assert not tellable("41 clinics are too few")
