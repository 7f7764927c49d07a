"""Columns that may tell who a patient is: left out or replaced by keyed hashes, asked once."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow

from analysis.base.errors import ImportRefused
from analysis.base.whole_files import write_new
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.meaning.words import plain
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.read import Staged

KEY_FILE = Path.home() / ".rapport" / "pseudonyms.key"  # outside the store, on purpose
HASHED = re.compile(r"p-[0-9a-f]{12}")
_KEY = 32  # bytes
_SAMPLE = 2000  # distinct texts that a column is judged by
_MOST = 0.6  # share of them that must look alike
_HEADERS = {
    "name": "name vorname nachname surname firstname lastname forename apellido apellidos nombre "
    "naam voornaam achternaam prenom nom fornamn efternamn namn",
    "e-mail": "email mail correo epost",
    "phone number": "phone telephone mobile telefon handy telefono movil tel telefoon",
    "postcode": "postcode zip plz postleitzahl postal cp postnummer",
    "birth date": "dob birth birthdate birthday geburtsdatum geburtstag nacimiento naissance "
    "geboortedatum fodelsedatum",
    "address": "address adresse direccion street strasse adres",
    "national number": "nhs ssn bsn dni nie personnummer ahv svnr passport insurance",
    "free text": "note notes comment comments remark remarks notiz kommentar nota notas comentario",
}
_WORD = r"[A-ZÀ-ÖØ-Ý][a-zà-öø-ÿ'’-]+\d*"
_PATTERNS = {
    "e-mail": re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}"),
    "name": re.compile(rf"(?:(?:Dr|Mr|Mrs|Ms|Prof|Herr|Frau|Sra?)\.? )?{_WORD}(?:,? {_WORD})+"),
    "phone number": re.compile(r"(?:\+|00?)[1-9][\d ()/.-]{7,}\d"),
    "postcode": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"),
    "free text": re.compile(r"\S+(?:\s+\S+){3,}"),
}
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{2,4}\b")  # which is no phone number


@dataclass(frozen=True, slots=True)
class _Use:
    """What a column would become: a key, or a variable of a kind."""

    key: str
    kind: str


def settle_identities(
    connection, mapping: Mapping, files: list[Staged], ledger: Ledger
) -> tuple[Mapping, set[int]]:
    """Asks about each mapped column that may identify a patient, and does what is answered.

    Returns the mapping without what is left out, and the numbers of the files whose originals must
    not be kept as they are.
    """
    touched: set[int] = set()
    for staged in files:
        for column, use in _mapped(mapping, staged).items():
            kind = identity_of(connection, staged, column, use.key, use.kind)
            if not kind:
                continue
            answer = _ask(staged, column, kind, use, ledger)
            if answer == "hash":
                _hash(connection, staged, column)
            elif answer == "leave-out":
                mapping = _without(mapping, column, use.key)
            if answer != "keep":
                touched.add(staged.index)
    return mapping, touched


def identity_of(connection, staged: Staged, column: str, key: str = "", kind: str = "") -> str:
    """What the column seems to hold that identifies somebody, '' for nothing.

    key: the key it is mapped to, '' for none; kind: of the variable.
    """
    values = _sample(connection, staged, column)
    if not values or all(HASHED.fullmatch(v) for v in values):
        return ""
    words = set(plain(column).split("_"))
    told = next((k for k, names in _HEADERS.items() if words & set(names.split())), "")
    if told == "birth date" or (told == "national number" and _numbers(values)):
        return told
    if number := _national(values):
        return number
    for found, pattern in _PATTERNS.items():
        told_so = sum(bool(pattern.fullmatch(v)) and not _DATE.match(v) for v in values)
        alike = told_so >= _MOST * len(values)
        if alike and (found == told or _sure(found, key, kind, len(values))):
            return found
    textual = sum(any(c.isalpha() for c in v) for v in values) >= _MOST * len(values)
    return told if told in ("name", "address", "phone number", "postcode") and textual else ""


def _sure(found: str, key: str, kind: str, distinct: int) -> bool:
    """Whether the content alone says it: names of treatments look like names of people."""
    if found in ("e-mail", "phone number"):
        return True
    if found == "name":
        return key in ("patient", "therapist") or (not key and distinct > 20)
    return not key and kind == "category" and distinct > 20


def _mapped(mapping: Mapping, staged: Staged) -> dict[str, _Use]:
    own = dict(mapping.keys) | dict(staged.file.keys)
    uses = {clean_name(v.source): _Use("", v.kind) for v in mapping.variables}
    uses |= {
        clean_name(column): _Use(key, "key")
        for key, column in own.items()
        if key in ("patient", "therapist", "episode", "clinic")
    }
    return {column: use for column, use in uses.items() if column in staged.columns}


def _ask(staged: Staged, column: str, kind: str, use: _Use, ledger: Ledger) -> str:
    evidence = f"{staged.name}: '{column}' looks like a {kind}"
    choices = {
        "leave-out": "it is left out",
        "hash": "each value is replaced by a keyed hash; the key stays on this computer, outside "
        "the store",
        "keep": "it is imported as it is",
    }
    if use.key:
        choices = {c: choices[c] for c in ("hash", "keep", "leave-out") if c != "leave-out"}
    recommended = "hash" if use.key else "leave-out"
    where = (staged.name, column)
    return ledger.ask(f"identifier:{column}", where, evidence, choices, recommended)


def _sample(connection, staged: Staged, column: str) -> list[str]:
    raw = staged.columns[column]
    found = connection.execute(
        f"SELECT DISTINCT {raw} FROM {staged.table} WHERE {raw} <> '' ORDER BY 1 LIMIT {_SAMPLE}"
    ).fetchall()
    return [value for (value,) in found]


def _without(mapping: Mapping, column: str, key: str) -> Mapping:
    if key:
        return mapping
    stay = tuple(v for v in mapping.variables if clean_name(v.source) != column)
    main = mapping.main_outcome if mapping.main_outcome in {v.name for v in stay} else ""
    return replace(mapping, variables=stay, main_outcome=main)


def _hash(connection, staged: Staged, column: str) -> None:
    raw = staged.columns[column]
    key = _secret()
    texts = [
        v for (v,) in connection.execute(f"SELECT DISTINCT {raw} FROM {staged.table}").fetchall()
    ]
    hashed = [_pseudonym(v, key) for v in texts]
    connection.register("pseudonyms", pyarrow.table({"text": texts, "hashed": hashed}))
    connection.execute(
        f"UPDATE {staged.table} SET {raw} = p.hashed FROM pseudonyms p WHERE {raw} = p.text"
    )
    connection.unregister("pseudonyms")


def _pseudonym(text: str, key: bytes) -> str:
    bare = text.strip()
    if not bare or HASHED.fullmatch(bare):
        return bare
    return "p-" + hmac.new(key, bare.encode(), hashlib.sha256).hexdigest()[:12]


def _secret() -> bytes:
    """The key of this computer's pseudonyms, made at the first use, for its user alone."""
    if KEY_FILE.exists():
        return _known_key()
    try:
        KEY_FILE.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(KEY_FILE, secrets.token_bytes(_KEY).hex().encode(), 0o600)
    except FileExistsError:  # another import was quicker: both use its key
        pass
    except OSError as error:
        raise ImportRefused(
            f"The key that replaces names cannot be written ({error.strerror})",
            where=f"'{KEY_FILE.name}' in the home folder's .rapport",
            next_step="make room there, or leave the column out",
        ) from None
    return _known_key()


def _known_key() -> bytes:
    """The key as it stands. A short one would make hashes that anybody can undo, and a new one in
    place of a damaged one would give known patients other codes: neither is done in silence."""
    try:
        key = bytes.fromhex(KEY_FILE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != _KEY:
        raise ImportRefused(
            "The key that replaces names is damaged",
            where=f"'{KEY_FILE.name}' in the home folder's .rapport",
            next_step="restore it from a copy; or move it away, and codes begin anew",
        )
    return key


def _numbers(values: list[str]) -> bool:
    return sum(any(c.isdigit() for c in v) for v in values) >= _MOST * len(values)


def _national(values: list[str]) -> str:
    """A national number whose check digit comes out in nearly all values, '' for none."""
    for name, valid in (
        ("NHS number", _nhs),
        ("personnummer", _luhn),
        ("DNI", _dni),
        ("BSN", _bsn),
    ):
        if len(values) >= 5 and sum(valid(v) for v in values) >= 0.9 * len(values):
            return name
    return ""


def _nhs(text: str) -> bool:
    digits = text.replace(" ", "").replace("-", "")
    if not re.fullmatch(r"\d{10}", digits):
        return False
    rest = 11 - sum(int(d) * (10 - i) for i, d in enumerate(digits[:9])) % 11
    return rest % 11 == int(digits[9]) and rest != 10


def _luhn(text: str) -> bool:
    digits = re.sub(r"[-+ ]", "", text)
    if not re.fullmatch(r"(?:\d{2})?\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{4}", digits):
        return False
    total = 0
    for i, d in enumerate(digits[-10:]):
        doubled = int(d) * (2 - i % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _dni(text: str) -> bool:
    found = re.fullmatch(r"([XYZ]?)(\d{7,8})-?([A-Z])", text.upper())
    if not found:
        return False
    prefix = {"": "", "X": "0", "Y": "1", "Z": "2"}[found[1]]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(prefix + found[2]) % 23] == found[3]


def _bsn(text: str) -> bool:
    if not re.fullmatch(r"\d{9}", text):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    total = sum(int(d) * w for d, w in zip(text, weights, strict=True))
    return total % 11 == 0 and total > 0
