"""What a report says, in another language: a table of phrases a language, English as the key.

data/languages/CODE.toml says how the language writes numbers and, for each English pattern, its
own. A text that the table lacks stays English, with its numbers written as the language does, and
is kept in `missing`: tests hold a report of outcomes to nothing missing but names.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from analysis.base.errors import RequestError, did_you_mean
from analysis.base.phrase import Phrase

FOLDER = Path(__file__).resolve().parents[2] / "data" / "languages"
ENGLISH = "en"
_NUMBER = re.compile(
    r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,]|\.\d)|(?<![\w.])\d*\.\d+(?![\w,]|\.\d)"
)
_FIGURES = re.compile(r"[\W\d_]*")
_PERIOD = re.compile(r"(\d{4}) Q([1-4])")
_WORD = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True)
class Language:
    """code: its BCP 47 tag. name: its own. decimal, thousands: marks in numbers; thousands part
    numbers of five digits and more. phrases: English pattern -> its own. missing: English texts
    that the table lacked, as they were met."""

    code: str
    name: str = "English"
    decimal: str = "."
    thousands: str = ","
    phrases: Mapping[str, str] = field(default_factory=dict, repr=False)
    missing: set[str] = field(default_factory=set, repr=False, compare=False)

    def of(self, text: str) -> str:
        """The text in this language. Worked, Spanish: Phrase("{n} of {whole}", …) '3 de 1200',
        '2025 Q1' as '2025 T1', '0.57' as '0,57'; lower case is kept: 'recovery' as 'Recovery'."""
        if self.code.split("-")[0] == ENGLISH or not text:
            return text
        if isinstance(text, Phrase):
            fields = {name: self.of(value) for name, value in text.fields.items()}
            return self._said(text.pattern).format(**fields)
        if quarter := _PERIOD.fullmatch(text):
            return self._said("{year} Q{quarter}").format(year=quarter[1], quarter=quarter[2])
        return self.numbers(text) if _FIGURES.fullmatch(text) else self._said(text)

    def numbers(self, text: str) -> str:
        """The text with its English numbers as this language writes them."""
        return _NUMBER.sub(lambda found: self._number(found[0]), text)

    def _number(self, english: str) -> str:
        whole, point, decimals = english.partition(".")
        digits = whole.replace(",", "")
        # Four digits stay together, as ISO 80000-1 and the Spanish academy have it.
        if len(digits) > 4:
            digits = f"{int(digits):,}".replace(",", self.thousands)
        return f"{digits or '0'}{self.decimal}{decimals}" if point else digits

    def _said(self, pattern: str) -> str:
        pattern = pattern.replace("\u00a0", " ")
        if pattern in self.phrases:
            return self.phrases[pattern]
        large = pattern[:1].upper() + pattern[1:]
        if large in self.phrases:
            said = self.phrases[large]
            return said[:1].lower() + said[1:]
        if _WORD.search(re.sub(r"\{\w+\}", "", pattern)):
            self.missing.add(pattern)
        return pattern


@cache
def codes() -> tuple[str, ...]:
    """The languages that a report can be written in."""
    return (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.toml")))


def language(code: str) -> Language:
    """The Language of a code; RequestError for one that there is no table for."""
    if code not in codes():
        raise RequestError(
            f"There is no language '{code[:40]}'",
            allowed=", ".join(f"{known} ({_read(known).name})" for known in codes()),
            next_step=did_you_mean(code, codes()) or "choose one of these",
        )
    return replace(_read(code), missing=set())


def words(code: str) -> Language:
    """The same for a document, which may carry any tag: English where there is no table."""
    base = code.split("-")[0]
    return _read(base if base in codes() else ENGLISH)


@cache
def _read(code: str) -> Language:
    if code == ENGLISH:
        return Language(ENGLISH)
    table = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    phrases = {key: said.replace(" %", "\u00a0%") for key, said in table["phrases"].items()}
    return Language(code, table["name"], table["decimal"], table["thousands"], phrases)
