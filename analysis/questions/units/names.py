"""Who may be named: clinics are, therapists only where whoever runs the server says so."""

import hashlib


def shown_names(level: str, keys, version: str, therapist_names: bool = False) -> dict[str, str]:
    """Key of each clinic or therapist -> the name that a page may show.

    Therapists become 'Therapist 1', 'Therapist 2', … in an order that depends on nothing but a
    hash: neither the alphabet, the caseload nor the outcome shows in a code. The same dataset
    version gives the same codes. therapist_names: the setting of whoever asks, off by default.
    """
    if level != "therapist" or therapist_names:
        return {key: key for key in keys}
    salt = version.encode()[:64]
    mixed = sorted(keys, key=lambda key: hashlib.blake2b(key.encode(), key=salt).digest())
    return {key: f"Therapist {i}" for i, key in enumerate(mixed, start=1)}
