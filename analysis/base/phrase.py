"""A text that remembers how it was made, so that it can be said in another language.

A sentence with figures or names in it is a `Phrase`: the English pattern and what was put into its
named places. It is the English text wherever a text is wanted; `base/languages.py` looks its
pattern up. A text without such places needs nothing: it is looked up as it stands.
"""

from collections.abc import Sequence


class Phrase(str):
    """The English text of a pattern with its fields filled in. Worked:
    Phrase("{n} of {whole}", n="3", whole="1,200") is '3 of 1,200'.

    Fields are texts, phrases among them, and whole numbers. A pattern without a letter of its own
    ('{one} {other}') is the same in every language.
    """

    __slots__ = ("fields", "pattern")
    pattern: str
    fields: dict[str, str]

    def __new__(cls, pattern: str, **fields: str | int):
        texts = {k: v if isinstance(v, str) else f"{v:,}" for k, v in fields.items()}
        made = super().__new__(cls, pattern.format(**texts))
        made.pattern, made.fields = pattern, texts
        return made

    def __getnewargs_ex__(self):
        return (self.pattern,), self.fields


def numbered(n: int, one: str, many: str, **fields: str | int) -> Phrase:
    """The pattern for one or for many, with `n` in its place. Worked: numbered(1, "{n} figure",
    "{n} figures") is '1 figure'."""
    return Phrase(one if n == 1 else many, n=n, **fields)


def joined(parts: Sequence[str], between: str = " ") -> Phrase:
    """Phrases one after the other. Worked: joined(["A.", "B."]) is 'A. B.'."""
    pattern = (
        between.replace("{", "{{").replace("}", "}}").join(f"{{p{i}}}" for i in range(len(parts)))
    )
    return Phrase(pattern, **{f"p{i}": part for i, part in enumerate(parts)})


def listing(items: Sequence[str]) -> str:
    """As `joining.listed`: 'a, b and c'."""
    if len(items) == 1:
        return items[0]
    return Phrase("{first} and {last}", first=joined(items[:-1], ", "), last=items[-1])


def stopped(text: str) -> Phrase:
    """The text with a full stop."""
    return Phrase("{text}.", text=text)
