"""Labels of measurements that have no number: pre, post, follow-up, in their order."""

import re

from analysis.importing.meaning.words import plain

# What labels begin with, from the first measurement to the last.
_ORDER = (
    "pre before baseline intake screening admission start vor aufnahme antes avant basal voor fore",
    "mid middle interim half zwischen mitte medio milieu tussen mitt",
    "post after end discharge termination exit nach ende despues alta apres fin einde efter slut",
    "follow fu f_u katamnese seguimiento suivi nameting uppfoljning",
)


def ordered_labels(labels: list[str]) -> dict[str, int]:
    """The labels in their order, each with the step it belongs to (0 before, 3 follow-up); {} where
    one is not known, or two can't be told apart.

    Worked: ['Post', 'Pre'] -> {'Pre': 0, 'Post': 2}.
    """
    places = {label: _place(label) for label in labels}
    if not labels or None in places.values() or len(set(places.values())) < len(labels):
        return {}
    order = sorted((place, label) for label, place in places.items() if place is not None)
    return {label: place[0] for place, label in order}


def _place(label: str) -> tuple[int, int] | None:
    """The step, and the number in the label ('follow-up 2')."""
    text = plain(label)
    number = re.search(r"(\d+)", text)
    for step, words in enumerate(_ORDER):
        if any(text.startswith(word) for word in words.split()):
            return step, int(number[1]) if number else 0
    return None
