"""The shares had nobody been lost, in worlds where who leaves is known; what can't be asked."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from analysis.base.errors import RequestError
from analysis.questions.partition.fits.subset_fits import SubsetFits
from analysis.questions.partition.missing import answer
from analysis.questions.partition.missing.lines import shifted
from analysis.questions.partition.rows.prepare import prepared_from, understood
from analysis.questions.scope import Scope
from analysis.store.queries.frames import episode_frame
from analysis.store.queries.open_frame import completed_frame, open_rows, weighted_frame
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset
from tests.worlds import leaves_early, works
from tests.worlds.dataset import as_dataset

SCOPE = Scope("leaves", window=(3, 5), bootstrap=0)


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        as_dataset("leaves", leaves_early.make(3, therapists=30))
        as_dataset("stays", works.make(3, therapists=30))
        yield


@pytest.fixture(scope="module")
def found(store):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answer, "SHIFTS", (-1.0, 1.0))
        return answer.missing(SCOPE, 6)


def test_everyone_who_began_is_in_the_imputed_line(found):
    complete, weighted, imputed = found.lines
    assert (complete.way, weighted.way, imputed.way) == ("complete", "weighted", "imputed")
    assert complete.rows == weighted.rows == found.began - found.lost
    assert imputed.rows == found.began == 600
    assert 150 < found.without_end <= found.lost
    assert 0 < found.chance[0] < found.chance[1] < 1
    for share in imputed.shares:
        assert 0 <= share.low <= share.share <= share.high <= 1
        assert 0 < share.se < 0.1 and 0 < share.lost < 1
    # A third of the ends are drawn: of the alliance, which leaving goes with, much is missing.
    assert imputed.shares[0].lost > 0.1


def test_two_runs_are_the_same_and_a_seed_changes_them(found, monkeypatch):
    monkeypatch.setattr(answer, "SHIFTS", ())
    again, other = (answer.missing(replace(SCOPE, seed=s), 6).lines[2].shares for s in (1, 2))
    assert again == found.lines[2].shares != other


def test_a_shift_moves_the_share_and_is_told_by_its_direction(found):
    low, high = found.tipping.shifts
    own = found.lines[2].shares[0].share
    # Who leaves has a poor alliance: the worse they end, the more goes with the alliance.
    assert low.share < own < high.share


def test_nobody_lost_is_one_line():
    told = answer.missing(replace(SCOPE, dataset="stays"), 3)
    assert [line.way for line in told.lines] == ["complete"]
    assert (told.lost, told.tipping, told.chance) == (0, None, None)


def test_a_shift_of_sums_is_a_shift_of_rows():
    """Sums of y + 2 drawn, against the same frame made anew from shifted rows."""
    info = catalogue.find("leaves")
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        asked = understood(dataset, cursor, SCOPE)
        rows = open_rows(cursor, asked.spec, episode_frame(cursor, asked.spec))
        gone = ~np.isfinite(rows.y)
        y = np.where(gone, 11.0, rows.y)
        x = np.where(np.isfinite(rows.x), rows.x, np.nanmean(rows.x, axis=0))
        moved = prepared_from(asked, cursor, completed_frame(cursor, rows, y + 2 * gone, x, gone))
        still = prepared_from(asked, cursor, completed_frame(cursor, rows, y, x, gone))
    one = SubsetFits(moved).sample()
    other = SubsetFits(shifted(still, 2.0)).sample()
    for subset, share in one.items():
        assert other[subset].total == pytest.approx(share.total, abs=1e-9)
        assert other[subset].random == pytest.approx(share.random, abs=1e-9)


def test_weights_of_one_change_nothing():
    info = catalogue.find("leaves")
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        asked = understood(dataset, cursor, SCOPE)
        frame = episode_frame(cursor, asked.spec)
        rows = open_rows(cursor, asked.spec, frame)
        plain = prepared_from(asked, cursor, frame)
        ones = weighted_frame(cursor, rows, np.ones(int(rows.complete.sum())))
        weighted = prepared_from(asked, cursor, ones)
    one, other = SubsetFits(plain).sample(), SubsetFits(weighted).sample()
    for subset, share in one.items():
        assert other[subset].total == pytest.approx(share.total, abs=1e-9)


@pytest.mark.parametrize("question", ["next", "growth"])
def test_other_questions_are_refused_in_words(question):
    with pytest.raises(RequestError, match="end of treatment alone"):
        answer.missing(replace(SCOPE, question=question))


def test_too_few_imputations_are_refused():
    with pytest.raises(RequestError, match="out of range"):
        answer.missing(SCOPE, 1)
