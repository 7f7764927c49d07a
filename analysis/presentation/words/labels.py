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

# Of the next session: what lies outside a patient's own sessions are means over all of them.
NEXT_LABELS = {
    "clinic": "Clinic means",
    "therapist": "Therapist means",
    "patient": "Patient means",
    "treatment": "Treatment means",
    "session": "Within patients",
}


def level_labels(question: str) -> dict[str, str]:
    """Level -> what the parts of predictors there are called, the outermost first."""
    return NEXT_LABELS if question == "next" else LEVEL_LABELS


def factor_label(factor: str) -> str:
    """The factor's name as a reader sees it: 'Extra-therapeutic'."""
    return FACTOR_LABELS.get(factor, factor.capitalize())
