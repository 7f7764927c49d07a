"""An outcome that a formula writes as `I(variable == 'category')`: whether it happens."""

import re
from dataclasses import replace

from analysis.models.language.formula import Formula

_EQUALS = re.compile(
    r"(?:I\()?\s*(?P<name>`[^`]+`|[^\W\d][\w.]*)\s*==\s*"
    r"(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<bare>[-\w.]+))\s*\)?"
)


def with_event(parsed: Formula) -> Formula:
    """The formula with `variable == 'category'` as the outcome, where the formula says so."""
    found = _EQUALS.fullmatch(parsed.response)
    if not found:
        return parsed
    value = next(v for v in found.group("single", "double", "bare") if v is not None)
    return replace(parsed, event=(found["name"].strip("`"), value))
