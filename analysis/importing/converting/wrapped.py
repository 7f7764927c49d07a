"""Lines that stand in quotes as a whole: a spreadsheet makes them of CSV text in one column."""

from pathlib import Path

from analysis.importing.findings.quarantine import Ledger

_LOOKED_AT = 3  # lines
_LONGEST = 1 << 16  # bytes of a line that is looked at


def unwrapped(path: Path, name: str, folder: Path, ledger: Ledger) -> Path:
    """The text itself; or, where each of its first lines is one quoted text with delimiters in it,
    a copy in `folder` without those quotes, which is said."""
    with open(path, "rb") as stream:
        first = [stream.readline(_LONGEST) for _ in range(_LOOKED_AT)]
        if not all(map(_wrapped, first)):
            return path
        target = folder / "unwrapped.csv"
        stream.seek(0)
        with open(target, "wb") as out:
            for line in stream:
                out.write(_bare(line) + b"\n" if _wrapped(line) else line)
    ledger.warn(f"{name}: each line stands in quotes as a whole; they are taken off")
    return target


def _wrapped(line: bytes) -> bool:
    """Worked: "a,b" is; "a","b" is not."""
    text = line.strip().removeprefix(b"\xef\xbb\xbf")
    inner = text[1:-1].replace(b'""', b"")
    ends = len(text) > 2 and text[:1] == text[-1:] == b'"'
    return ends and b'"' not in inner and any(mark in inner for mark in (b",", b";", b"\t"))


def _bare(line: bytes) -> bytes:
    return line.strip().removeprefix(b"\xef\xbb\xbf")[1:-1].replace(b'""', b'"')
