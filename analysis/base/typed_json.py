"""Frozen dataclasses as JSON and back, by their annotations: a pickle could run anything."""

import json
import types
from dataclasses import asdict, fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints


def to_json(value) -> str:
    """A dataclass of numbers, texts, None, tuples, dicts with texts as keys, and dataclasses."""
    return json.dumps(asdict(value), default=_number)


def from_json(kind: type, text: str):
    """The `kind` that `to_json` wrote; ValueError where the text is another thing."""
    try:
        return _made(kind, json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no {kind.__name__}") from error


def _made(kind: Any, value: Any) -> Any:
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        names = {f.name for f in fields(kind)}
        if set(value) != names:
            raise ValueError("other fields")
        return kind(**{name: _made(hints[name], value[name]) for name in names})
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        (rest,) = (one for one in inner if one is not type(None))
        return _made(rest, value)
    if origin is tuple:
        each = [inner[0]] * len(value) if inner[1:] == (...,) else inner
        return tuple(_made(k, v) for k, v in zip(each, value, strict=True))
    if origin is dict:
        return {_made(inner[0], k): _made(inner[1], v) for k, v in value.items()}
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"{type(value).__name__} in place of {kind}")
    return value


def _number(value):
    """A number of numpy's, which json does not know."""
    return value.item()
