"""The encoding of a text that is no UTF-8: proposed with the letters that it would give."""

import re
from pathlib import Path

from charset_normalizer import from_bytes

from analysis.importing.findings.quarantine import Ledger

_NO_BREAK = 0xA0
SAMPLE_BYTES = 200_000  # that the proposal is judged by
# What clinics' spreadsheets write, the likeliest first.
LIKELY = ("cp1252", "cp1250", "mac_roman", "cp850")
_SPOKEN = {
    "cp1252": "Windows-1252, Western European",
    "cp1250": "Windows-1250, Central European",
    "cp1251": "Windows-1251, Cyrillic",
    "mac_roman": "Macintosh, Western European",
    "cp850": "DOS, Western European",
}


def ask_encoding(path: Path, name: str, ledger: Ledger) -> str:
    """The encoding to read the text in, asked for unless the header alone proves it.

    Shows the letters that each encoding would give, in alphabetical order: no word of the file.
    """
    with open(path, "rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    # The no-break space is the same in all that spreadsheets write, and not to be seen.
    letters = bytes(sorted({byte for byte in sample if byte > 127 and byte != _NO_BREAK}))
    best = _proposed(sample, letters)
    named = [e for e in dict.fromkeys((best, *LIKELY)) if _letters(letters, e) is not None]
    best = best if best in named else (named or ["cp1252"])[0]
    _, _, rows = sample.partition(b"\n")
    if best == "cp1252" and not any(byte > 127 for byte in rows):
        ledger.warn(f"{name}: the header is no UTF-8; it is read as Windows-1252")
        return best
    shown = named[:4] or [best]
    choices = {e: f"read it as {_SPOKEN.get(e, e)}: {_letters(letters, e)}" for e in shown}
    evidence = (
        f"{name} is no UTF-8; it looks like {_SPOKEN.get(best, best)}, with the letters "
        f'{_letters(letters, best)} (or add encoding = "{best}" to its [[files]] entry)'
    )
    return ledger.ask("encoding", (name, ""), evidence, choices, best)


def _proposed(sample: bytes, letters: bytes) -> str:
    """The first in which what stands in words is letters; else what charset-normalizer finds."""
    for encoding in ("cp1252", "cp1250"):
        if _letters(letters, encoding) and not _STRANGE.search(sample.decode(encoding, "replace")):
            return encoding
    found = from_bytes(sample, cp_isolation=["cp1250", "cp1252", "cp1251", "mac_roman", "cp850"])
    best = found.best()
    return best.encoding if best is not None else "cp1252"


def _letters(letters: bytes, encoding: str) -> str | None:
    try:
        text = letters.decode(encoding)
    except UnicodeDecodeError:
        return None
    return " ".join(sorted(set(text))[:20]) if all(c.isprintable() for c in text) else None


# A sign in the middle of a word or before one: no clinic writes £ukasz.
_STRANGE = re.compile(r"[^\W\d_][¡-©«-±´-¹»-¿×÷\ufffd][^\W\d_]|[£-©¬-±¶-¹»-¾×÷\ufffd][a-z]")
