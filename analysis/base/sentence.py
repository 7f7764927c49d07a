"""A sentence that knows which of its figures count people, so that they can be said otherwise."""

from collections.abc import Callable

from analysis.base.joining import capital


class Sentence(str):
    """Text made of parts: words as they are, and whole numbers that count people or groups.

    It is the text, thousands with commas; a figure that stands inside words counts nobody. Worked:
    Sentence(3, " of ", 1200, " patients left") is '3 of 1,200 patients left'.
    """

    __slots__ = ("parts",)
    parts: tuple[str | int, ...]

    def __new__(cls, *parts: str | int):
        made = super().__new__(cls, "".join(p if isinstance(p, str) else f"{p:,}" for p in parts))
        made.parts = parts
        return made

    def __getnewargs__(self):
        return self.parts

    def told(self, show: Callable[[int], str]) -> str:
        """The text with each count as `show` writes it."""
        return "".join(p if isinstance(p, str) else show(p) for p in self.parts)


def ended(text: str) -> str:
    """The text, a Sentence or not, with a large first letter and one full stop. Worked: 'too few'
    -> 'Too few.'"""
    if not isinstance(text, Sentence):
        return f"{capital(text).rstrip('.')}."
    parts = list(text.parts)
    if isinstance(parts[0], str):
        parts[0] = capital(parts[0])
    if isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip(".")
    return Sentence(*parts, ".")


def tellable(text: str) -> bool:
    """Whether it is known which of the text's figures count people: it has none, or says so."""
    return isinstance(text, Sentence) or not any(letter.isdigit() for letter in text)
