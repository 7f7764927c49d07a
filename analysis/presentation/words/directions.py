"""Which way better lies, as an axis says it."""

_ACROSS = {"worse": "← better · worse →", "better": "← worse · better →"}
_UP = {"worse": "(↓ better)", "better": "(↑ better)"}


def across(higher_is: str) -> str:
    """Of an x axis: '← better · worse →'. higher_is: 'better', 'worse', or '' where nobody says:
    then ''."""
    return _ACROSS.get(higher_is, "")


def upwards(text: str, higher_is: str) -> str:
    """A y axis' title with where better lies. Worked: upwards('PHQ-9', 'worse') is
    'PHQ-9 (↓ better)'."""
    return f"{text} {_UP.get(higher_is, '')}".rstrip()
