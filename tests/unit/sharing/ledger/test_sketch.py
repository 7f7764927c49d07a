"""Sketches of sets: the number that sets two apart, against Python's own sets."""

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sharing.ledger.sketch import MOST, apart, powers, sketch

KEY = b"sixteen bytes or"


def sketch_of(patients) -> tuple:
    return sketch(powers(sorted(patients), KEY))


ids = st.sets(st.text(max_size=4), max_size=30)


@settings(max_examples=150, deadline=None)
@given(common=ids, here=ids, there=ids)
def test_the_difference_is_counted_exactly_up_to_7(common, here, there):
    one, other = common | here, common | there
    assert apart(sketch_of(one), sketch_of(other)) == min(len(one ^ other), MOST)


def test_large_sets_one_patient_apart():
    patients = [f"p{i}" for i in range(20_000)]
    of_each = powers(patients, KEY)
    for k in (0, 1, 7, 8, 9, 500):
        assert apart(sketch(of_each), sketch(of_each[k:])) == min(k, MOST)
    swapped = sketch(of_each[[*range(3, 20_000), 1, 1]])  # one patient counted twice
    assert apart(sketch(of_each), swapped) == 3


def test_another_key_makes_another_sketch():
    assert sketch(powers(["a", "b"], KEY)) != sketch(powers(["a", "b"], b"another sixteen b"))
