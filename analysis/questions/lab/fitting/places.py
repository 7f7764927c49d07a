"""The values at which a moderator is shown."""

from analysis.base.errors import RequestError, did_you_mean
from analysis.models.inference.margins.reference_grid import ReferenceGrid


def places_of(by: str, grid: ReferenceGrid) -> list[tuple[str, dict]]:
    """(in words, values) of the moderator: a category's levels, or a number's mean and one SD to
    both sides; one place without a name for ''."""
    if not by:
        return [("", {})]
    if by in grid.levels:
        return [(level, {by: level}) for level in grid.levels[by]]
    number = grid.numbers[by]
    words = (("mean − SD", -1), ("mean", 0), ("mean + SD", 1))
    return [
        (f"{word} ({number.mean + k * number.sd:.3g})", {by: number.mean + k * number.sd})
        for word, k in words
    ]


def check_predictor(name: str, grid: ReferenceGrid) -> None:
    """RequestError where the model has no such predictor."""
    known = [*grid.numbers, *grid.levels]
    if name not in known:
        close = did_you_mean(name, known)
        raise RequestError(
            f"'{name}' is no predictor of the model" + (f"; {close}" if close else ""),
            where=f"'{name}'",
            allowed=", ".join(known) or "none: the model has no predictor",
            next_step="name one of the formula's predictors",
        )
