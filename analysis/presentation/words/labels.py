"""What a reader knows factors and levels as."""

FACTOR_LABELS = {
    "alliance": "Alliance",
    "technique": "Technique",
    "expectancy": "Expectancy",
    "extra-therapeutic": "Extra-therapeutic",
    "practice": "Practice",
    "adjusted": "Severity at intake",
}
LEVEL_LABELS = {
    "clinic": "Clinic",
    "therapist": "Therapist",
    "patient": "Patient",
    "treatment": "Treatment",
    "session": "Session",
}


def factor_label(factor: str) -> str:
    """The factor's name as a reader sees it: 'Extra-therapeutic'."""
    return FACTOR_LABELS.get(factor, factor.capitalize())
