"""The file in which a site hands out its sums: JSON, versioned, sealed by a SHA-256.

The seal finds damage and careless edits; it is no signature, for anyone can seal a file anew.
"""

import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analysis.base.errors import RequestError
from analysis.models.pooled.aggregates import Aggregates
from analysis.questions.pooling.consistent import NUMBERS, check_consistent
from analysis.questions.pooling.small_groups import Disclosure

MARK = "rapport-moments"
VERSION = 1  # raised when a field changes its meaning: older files are refused then
LARGEST = 2_000_000_000  # bytes that are read; a file of sums has kilobytes, rarely megabytes
_WHOLE = ("z", "inner", "entry_group", "entry_pattern", "entry_units", "scatter_pattern")


@dataclass(frozen=True, slots=True)
class MomentsFile:
    """A site's sums with what another site needs to know before adding its own.

    kinds: variable -> 'number' or 'category'. levels: category -> its values, sorted.
    dictionary: variable -> {unit, minimum, maximum, higher_is, instrument, rater}; empty where the
    rows came from a plain file. sha256: of the content, '' before it is written.
    notes: what reading a plain file left out; not part of what is written.
    """

    formula: str
    kinds: dict[str, str]
    levels: dict[str, tuple[str, ...]]
    dictionary: dict[str, dict]
    sums: Aggregates
    disclosure: Disclosure
    sha256: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)


def write_file(path: Path, site: MomentsFile) -> str:
    """Writes `site`, readable by this user alone, whole or not at all; returns its SHA-256.

    RequestError where the folder is missing or another kind of file would be overwritten.
    """
    if not path.parent.is_dir() or path.is_dir():
        raise RequestError(
            "The file cannot be written there",
            where=f"--out {path.name}",
            allowed="a file name in a folder that exists",
            next_step="make the folder, or choose another",
        )
    if path.exists() and not _is_ours(path):
        raise RequestError(
            "Another kind of file is there already",
            where=f"--out {path.name}",
            allowed="a new name, or an older file of sums, which is replaced",
            next_step="choose another name",
        )
    content = _content(site)
    seal = _seal(content)
    lines = [f"{_dumps(k)}: {_dumps(v)}" for k, v in (content | {"sha256": seal}).items()]
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(("{\n" + ",\n".join(lines) + "\n}\n").encode())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RequestError(
            f"The file cannot be written ({error.strerror})", where=f"--out {path.name}"
        ) from None
    return seal


def read_file(path: Path) -> MomentsFile:
    """Reads a file of sums; RequestError where it is foreign, altered or of another version."""
    content = _load(path)
    if content.get("format") != MARK:
        raise foreign(path.name)
    if content.get("version") != VERSION:
        raise RequestError(
            "The sums were written by a version of Rapport that counts otherwise",
            where=f"'{path.name}', format {str(content.get('version'))[:20]}",
            allowed=f"format {VERSION}",
            next_step="write the sums again with the version that pools them",
        )
    seal = content.pop("sha256", "")
    if seal != _seal(content):
        raise RequestError(
            "The file was altered or damaged after it was written",
            where=f"'{path.name}', its SHA-256",
            allowed="the file as 'moments' wrote it",
            next_step="have the site send it again",
        )
    try:
        return _parsed(content, seal)
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        OverflowError,
        ArithmeticError,
        MemoryError,
        np.linalg.LinAlgError,
    ):
        raise foreign(path.name) from None


def sorted_levels(levels: set[str], kind: str) -> tuple[str, ...]:
    """A category's levels in order: by size where they are numbers."""
    return tuple(sorted(levels, key=float if kind == "number" else None))


def _load(path: Path) -> dict:
    if not path.is_file():
        raise RequestError(
            "There is no such file",
            where=f"'{path.name}'",
            allowed="a file that 'moments' wrote",
            next_step="check the path",
        )
    try:
        if path.stat().st_size > LARGEST:
            raise foreign(path.name)
        content = json.loads(
            path.read_bytes().decode(), parse_constant=_refuse, parse_float=_finite
        )
    except OSError as error:
        raise RequestError(
            f"The file cannot be read ({error.strerror})", where=f"'{path.name}'"
        ) from None
    except (ValueError, RecursionError):  # no UTF-8, no JSON, or NaN in it
        raise foreign(path.name) from None
    if not isinstance(content, dict):
        raise foreign(path.name)
    return content


def _refuse(constant: str):
    raise ValueError(constant)


def _finite(text: str) -> float:
    """1e999 is written as a number and read as none."""
    number = float(text)
    return number if np.isfinite(number) else _refuse(text)


def foreign(name: str) -> RequestError:
    """The refusal of a file that holds no sums, or sums that contradict themselves."""
    return RequestError(
        "This is no file of sums",
        where=f"'{name}'",
        allowed="a file that 'moments NAME FORMULA --out FILE' wrote",
        next_step="write one at each site",
    )


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return f'"format": "{MARK}"'.encode() in file.read(10_000)


def _dumps(value) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _seal(content: dict) -> str:
    """SHA-256 of the content in one form, whatever the order of the fields and the blanks."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(site: MomentsFile) -> dict:
    s, d = site.sums, site.disclosure
    return {
        "about": _about(site),
        "format": MARK,
        "version": VERSION,
        "formula": site.formula,
        "kinds": site.kinds,
        "levels": {name: list(values) for name, values in site.levels.items()},
        "dictionary": site.dictionary,
        "disclosure": {f: getattr(d, f) for f in Disclosure.__slots__},
        "rows": s.rows,
        "rows_dropped": s.rows_dropped,
        "names": list(s.names),
        "groupings": list(s.groupings),
        "groups": list(s.groups),
        "parents": [p.tolist() for p in s.parents],
        **{name: getattr(s, name).tolist() for name in (*_WHOLE, *NUMBERS)},
        "gram": _triangle(s.gram),
        "scatter": [_triangle(m) for m in s.scatter],
    }


def _about(site: MomentsFile) -> list[str]:
    s = site.sums
    groups = ", ".join(f"{n:,} {g}" for g, n in zip(s.groupings, s.groups, strict=True))
    return [
        f"Sums of one site for pooling the mixed model {site.formula} with those of other sites.",
        f"Made from {s.rows:,} rows of {site.disclosure.patients:,} patients"
        f" (groups: {groups or 'none'}). Holds no name or number of a patient, therapist or "
        "clinic: groups are numbered by what they hold.",
        site.disclosure.rows_sentence(),
        "Holds: sums of products of the model's columns over all rows (gram); sums of columns by "
        "enclosing group and pattern of measurements (sums, outer), and their scatter; the names "
        "of the variables and the levels of categories.",
        site.disclosure.sentence(),
        "Sums by therapist or clinic describe that therapist's or clinic's patients as a whole.",
    ]


def _triangle(matrix: np.ndarray) -> list[float]:
    return matrix[np.triu_indices(len(matrix))].tolist()


def _square(values: list[float], size: int) -> np.ndarray:
    out = np.zeros((size, size))
    upper = np.triu_indices(size)
    out[upper] = values
    out.T[upper] = values
    return out


def _parsed(content: dict, seal: str) -> MomentsFile:
    whole = {name: np.array(content[name], dtype=np.int64) for name in _WHOLE}
    d, z, q = len(content["names"]), len(whole["z"]), len(whole["inner"])
    entries = len(whole["entry_units"])
    groups = tuple(int(n) for n in content["groups"])
    shapes = {
        "centre": (d,),
        "scale": (d,),
        "zz": (-1, q, z),
        "sums": (entries, q, d - z),
        "outer": (groups[1] if len(groups) > 1 else 1, z - q, d),
    }
    numbers = {n: np.array(content[n], dtype=float).reshape(s) for n, s in shapes.items()}
    size = q * (d - z)
    scatter = [_square(m, size) for m in content["scatter"]]
    sums = Aggregates(
        names=tuple(content["names"]),
        rows=int(content["rows"]),
        rows_dropped=int(content["rows_dropped"]),
        gram=_square(content["gram"], d),
        groupings=tuple(content["groupings"]),
        groups=groups,
        parents=tuple(np.array(p, dtype=np.int64) for p in content["parents"]),
        scatter=np.array(scatter).reshape(-1, size, size),
        **whole,
        **numbers,
    )
    check_consistent(sums)
    told = content["disclosure"]
    cells, out = (
        tuple((str(name), int(n)) for name, n in told.get(field, ()))
        for field in ("small_cells", "singled_out")
    )
    return MomentsFile(
        formula=str(content["formula"]),
        kinds=dict(content["kinds"]),
        levels={name: tuple(values) for name, values in content["levels"].items()},
        dictionary=dict(content["dictionary"]),
        sums=sums,
        disclosure=Disclosure(**(told | {"small_cells": cells, "singled_out": out})),
        sha256=seal,
    )
