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


# Times in columns' names, as whole words, with the session they stand for.
_TIMES = (
    "pre pra before baseline intake screening admission vor aufnahme eintritt antes avant voor",
    "mid middle interim zwischen mitte medio tussen",
    "post after discharge termination exit nach entlassung austritt despues apres na efter slut",
    "followup fu katamnese kat catamnese seguimiento seg suivi nameting uppfoljning",
)
_TIME_WORDS = {word: n for n, words in enumerate(_TIMES, start=1) for word in words.split()}
_COUNTED = re.compile(
    r"(?:t|s|v|session|sitzung|sesion|seance|sessie|visit|besok|week|time|woche)(\d{1,3})"
)
# '6m': after so many months, which keeps the order.
_LATER = re.compile(rf"(?:{_TIMES[3].replace(' ', '|')})(\d{{1,2}})(?:m|mo|mt|mes|mois|w|wo)?")


def time_in_name(column: str) -> tuple[str, int]:
    """What a column measures, and which session it is of by the first or last word of its name;
    ('', 0) where no word tells one.

    Worked: 'PHQ-9 prä' -> ('phq_9', 1); 'WAI post' -> ('wai', 3); 'phq9 follow-up' -> ('phq9', 4);
    's2_phq9' -> ('phq9', 2); 'PHQ9 SEG 6m' -> ('phq9', 9).
    """
    words = plain(column).replace("follow_up", "followup").split("_")
    if len(words) > 2 and words[-2] in _TIMES[3].split() and words[-1][:1].isdigit():
        words[-2:] = [words[-2] + words[-1]]
    if len(words) < 2:
        return "", 0
    for word, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
        number = _time_of_word(word, first=rest == words[1:])
        if number is not None:
            return "_".join(rest), number
    return "", 0


def _time_of_word(word: str, first: bool) -> int | None:
    if word in _TIME_WORDS:
        return _TIME_WORDS[word]
    if later := _LATER.fullmatch(word):
        return 3 + int(later[1])
    counted = _COUNTED.fullmatch(word) if first else None
    return int(counted[1]) if counted else None


def _place(label: str) -> tuple[int, int] | None:
    """The step, and the number in the label ('follow-up 2')."""
    text = plain(label)
    number = re.search(r"(\d+)", text)
    for step, words in enumerate(_ORDER):
        if any(text.startswith(word) for word in words.split()):
            return step, int(number[1]) if number else 0
    return None
