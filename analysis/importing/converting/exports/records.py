"""Records in JSON as a table."""

import json

from analysis.importing.converting.texts import text_of


def records(text: str) -> list[list[str]]:
    """Records, alone, a line each, or as the longest list within an object; fields within fields
    are 'outer.inner'. The first row has the fields' names. ValueError where it is no JSON."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        try:
            content = [json.loads(line) for line in text.splitlines() if line.strip()]
        except RecursionError:
            raise ValueError("JSON") from None
    if isinstance(content, dict):
        lists = [v for v in content.values() if isinstance(v, list)]
        content = max(lists, key=len, default=[content])
    flat = [_flat(one) for one in content if isinstance(one, dict)]
    header = list(dict.fromkeys(key for one in flat for key in one))
    return [header, *([text_of(one.get(key)) for key in header] for one in flat)]


def _flat(record: dict, before: str = "") -> dict:
    found = {}
    for key, value in record.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{key}.")
        else:
            found[before + key] = json.dumps(value) if isinstance(value, list) else value
    return found
