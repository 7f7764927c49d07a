"""Which of the two panel models the data want."""

from dataclasses import dataclass

from scipy.special import chdtrc

from analysis.base.errors import ModelError
from analysis.models.panels.fit import fit_panel
from analysis.models.panels.panel import LEAST_SESSIONS, Panel
from analysis.models.panels.result import PanelFit

# p of the likelihood-ratio test below which the RI-CLPM is given up. Its lags are biased where
# patients' trends differ, while the LCM-SR's lags are right without such trends, only less sharp:
# so the usual .05, and not the BIC, which asks for far more evidence (log N for each parameter).
TRENDS = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """RI-CLPM beside LCM-SR, which has slopes besides. ratio: twice the gain in log-likelihood,
    df, p: chi-square, regular because no variance is held at zero. delta_bic: BIC of the RI-CLPM
    less that of the LCM-SR. wanted: by p; by_bic: by the smaller BIC."""

    ri_clpm: PanelFit
    lcm_sr: PanelFit
    ratio: float
    df: int
    p: float
    delta_bic: float
    wanted: str
    by_bic: str


@dataclass(frozen=True, slots=True)
class Choice:
    """fit: the model that answers; comparison: None where only one could be fitted; reason: why
    this model, a sentence."""

    fit: PanelFit
    comparison: Comparison | None
    reason: str


def choose(panel: Panel, model: str) -> Choice:
    """Fit `model`; with 'auto' the one that the data want, both being fitted.

    With 3 sessions 'auto' is refused (ModelError): trends of patients, the LCM-SR's subject,
    can't be told there, and leaving them out must be somebody's decision.
    """
    if model == "auto" and len(panel.sessions) < LEAST_SESSIONS["lcm-sr"]:
        raise ModelError(
            f"{len(panel.sessions)} sessions cannot tell patients' own trends from carry-over, "
            "so which model the data want cannot be told",
            allowed=f"at least {LEAST_SESSIONS['lcm-sr']} sessions, or one model by name",
            next_step="choose more sessions; or --model ri-clpm, which takes no such trends",
        )
    if model == "auto":
        return _wanted(panel)
    fit = fit_panel(panel, model)
    other = _other(panel, model)
    comparison = None if other is None else _compare(*_ordered(fit, other))
    return Choice(fit, comparison, f"{model.upper()}, as asked.")


def _wanted(panel: Panel) -> Choice:
    simple = fit_panel(panel, "ri-clpm")
    try:
        larger = fit_panel(panel, "lcm-sr")
    except ModelError as error:
        return Choice(simple, None, f"RI-CLPM: the LCM-SR could not be fitted. {error}")
    comparison = _compare(simple, larger)
    if not _usable(larger):
        return Choice(simple, comparison, "RI-CLPM: the LCM-SR's search found no usable maximum.")
    if comparison.wanted == "lcm-sr":
        return Choice(
            larger,
            comparison,
            "LCM-SR: patients' own trends differ (likelihood-ratio chi-square "
            f"{comparison.ratio:.1f} with {comparison.df} df, p {_p(comparison.p)}).",
        )
    return Choice(
        simple,
        comparison,
        "RI-CLPM: patients' own trends are not seen to differ (likelihood-ratio chi-square "
        f"{comparison.ratio:.1f} with {comparison.df} df, p {_p(comparison.p)}).",
    )


def _other(panel: Panel, model: str) -> PanelFit | None:
    try:
        return fit_panel(panel, "lcm-sr" if model == "ri-clpm" else "ri-clpm")
    except ModelError:
        return None


def _ordered(fit: PanelFit, other: PanelFit) -> tuple[PanelFit, PanelFit]:
    return (fit, other) if fit.model == "ri-clpm" else (other, fit)


def _usable(fit: PanelFit) -> bool:
    return fit.status.converged and fit.status.identified


def _compare(simple: PanelFit, larger: PanelFit) -> Comparison:
    ratio = max(2 * (larger.log_likelihood - simple.log_likelihood), 0.0)
    df = larger.parameters - simple.parameters
    p = float(chdtrc(df, ratio))
    delta = simple.bic - larger.bic
    wanted = "lcm-sr" if p < TRENDS and _usable(larger) else "ri-clpm"
    return Comparison(
        simple, larger, ratio, df, p, delta, wanted, "lcm-sr" if delta > 0 else "ri-clpm"
    )


def _p(p: float) -> str:
    return "< .001" if p < 0.001 else f"= {p:.3f}"
