"""What residuals are instead of independent and alike, in words."""

from analysis.models.result import Residuals
from analysis.presentation.words.rounding import estimate, p_value
from analysis.questions.lab.studies.study import Member


def correlation_of(found: Residuals) -> str:
    """Worked: 'correlation of rows 1 apart in session, AR(1) within episode'."""
    form = "AR(1)" if found.whole else "continuous-time AR(1)"
    apart = f"{found.unit:.3g} apart in {found.serial}"
    return f"correlation of rows {apart}, {form} within {found.series}"


def better(found: Residuals) -> str:
    """How far the model is better than one with independent residuals of one SD."""
    return (
        f"Against independent residuals of one SD: χ² {estimate(found.fall, decimals=2)} with "
        f"{found.parameters} df, p {p_value(found.p)}."
    )


def named(model: Member) -> str:
    """A study's model by its label, else by its formula and what no formula holds. Worked:
    'y ~ x + (1 | g), ML, residuals over session'."""
    if model.label:
        return model.label
    options = [
        "logistic" if model.family == "binomial" else "",
        "ML" if model.method == "ML" else "",
        f"weighted by {model.weights}" if model.weights else "",
        f"residuals over {model.serial}" if model.serial else "",
        f"residual spread by {model.spread}" if model.spread else "",
        f"robust by {model.robust}" if model.robust not in ("", "none") else "",
    ]
    return ", ".join([model.formula, *filter(None, options)])


def structure(found: Residuals) -> str:
    """A sentence for a paper's methods."""
    said = []
    if found.serial:
        form = "a first-order" if found.whole else "a continuous-time first-order"
        said.append(
            f"residuals within one {found.series} followed each other by {form} autoregression "
            f"over {found.serial}"
        )
    if found.spread:
        said.append(f"the residual variance differed between levels of {found.spread}")
    text = " and ".join(said)
    return f"{text[:1].upper()}{text[1:]}."
