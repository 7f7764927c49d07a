"""What the demo is asked to contain: the shares that its generating model must have."""

from dataclasses import dataclass

from analysis.base.errors import RequestError

FACTOR_FIELDS = {
    "alliance": "alliance",
    "technique": "technique",
    "expectancy": "expectancy",
    "extra-therapeutic": "extra_therapeutic",
}


@dataclass(frozen=True, slots=True)
class Effects:
    """Target shares (0 to 1) of the variance of the last PHQ-9 over all episodes.

    alliance, technique, expectancy, extra_therapeutic: Shapley shares after the intake score.
    A target of exactly 0 means a factor that explains nothing: its coefficients are 0 and its
    predictors are uncorrelated with those of the other factors and with the intake (a merely
    correlated factor would get a positive Shapley share as a stand-in for the others).
    intake: the R2 of the intake score alone. clinic, therapist: variances of the random effects.
    What is left over belongs to the patient and the moment of measurement.
    next_session: change of the next session's score, in standard deviations of a patient's own
    session-to-session swings, for one standard deviation more alliance than that patient's usual.

    The defaults lie in the range of the literature: alliance r = .278, so 7.7 % (Flückiger and
    others 2018, 10.1037/pst0000172); expectation r = .18 (Constantino and others 2018); therapist
    5 % (Johns and others 2019); clinic 1.9 % after case-mix (Firth and others 2019).
    """

    alliance: float = 0.08
    technique: float = 0.01
    expectancy: float = 0.03
    extra_therapeutic: float = 0.20
    intake: float = 0.12
    therapist: float = 0.05
    clinic: float = 0.02
    next_session: float = -0.18

    def __post_init__(self):
        shares = self.shares()
        wrong = [name for name, share in shares.items() if not 0.0 <= share < 1.0]
        if wrong or sum(shares.values()) > MOST_EXPLAINED:
            raise RequestError(
                "The demo cannot have these shares",
                where=", ".join(wrong) or "sum of all shares",
                allowed=f"each share from 0 up to 1, their sum at most {MOST_EXPLAINED}",
                next_step="lower one of the shares",
            )
        if abs(self.next_session) > 0.5:
            raise RequestError(
                "The effect of alliance on the next session is too large for the demo",
                where="next_session",
                allowed="-0.5 to 0.5",
            )

    def shares(self) -> dict[str, float]:
        """The seven target shares by field name (`next_session` is no share)."""
        names = (*FACTOR_FIELDS.values(), "intake", "therapist", "clinic")
        return {name: getattr(self, name) for name in names}


# The session-to-session swings (variance 4 of 17.64) and the rounding need the rest.
MOST_EXPLAINED = 0.75
DEFAULT = Effects()
