"""One fit from a file and from a register: every number and every word of the two answers."""

from analysis.application.printing.as_json import fit_json
from analysis.questions.lab.effects import fit_formula


def fitted(formula: str, source, **options) -> dict[str, object]:
    """Path in the JSON -> value, without the times."""
    return dict(_leaves(fit_json(fit_formula(formula, source, **options)) | {"seconds": None}))


def assert_same(formula: str, source, register: str, tolerance: float = 1e-8, **options) -> dict:
    """Words and counts equal, numbers to `tolerance` of their size or of 1."""
    expected, found = fitted(formula, source, **options), fitted(formula, register, **options)
    # A register's rows are not read twice, so what is said of values and lost rows is not said.
    sentences = [{v for k, v in d.items() if "/messages/" in k} for d in (expected, found)]
    assert sentences[1] <= sentences[0]
    expected, found = (
        {k: v for k, v in d.items() if "/messages/" not in k} for d in (expected, found)
    )
    assert expected.keys() == found.keys()
    for path, value in expected.items():
        if isinstance(value, float) and isinstance(found[path], float):
            assert abs(value - found[path]) <= tolerance * max(1.0, abs(value)), path
        else:
            assert value == found[path], path
    return found


def _leaves(value, path: str = ""):
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(inner, dict | list | tuple):
            yield from _leaves(inner, f"{path}/{key}")
        else:
            yield f"{path}/{key}", inner
