"""A made-up answer with every part a page or a sentence must cope with."""

from analysis.models.result import Fit, FixedEffect, RandomEffect, Seconds, Status
from analysis.questions.partition.result import (
    AdjustedFor,
    BlockShare,
    Bootstrap,
    LevelShare,
    Partition,
    Unexplained,
)


def sample(**changes) -> Partition:
    """Shares .12 + (.08 + .01 + .03 + .20) + (.02 + .05 + .49) = 1; changes replace fields."""
    fields = dict(
        dataset="demo",
        version="a1b2c3d4e5f6",
        synthetic=True,
        question="end",
        outcome="phq9",
        adjusted_for=AdjustedFor(("phq9_intake",), 0.12, 0.10, 0.145),
        rows=2514,
        rows_out={"fewer than 3 sessions": 310, "a predictor is missing": 176},
        groups={"therapist": 150, "clinic": 20},
        blocks=(
            BlockShare(
                "alliance", ("wai_bond", "wai_goal", "wai_task"), 0.08, 0.06, 0.105, 0.13, 0.05
            ),
            BlockShare(
                "technique",
                ("homework", "adherence", "competence"),
                0.01,
                -0.002,
                0.021,
                0.02,
                0.005,
            ),
            BlockShare(
                "expectancy", ("expectation", "credibility"), 0.03, 0.018, 0.044, 0.07, 0.01
            ),
            BlockShare(
                "extra-therapeutic", ("chronicity", "comorbidity"), 0.20, 0.172, 0.231, 0.26, 0.15
            ),
        ),
        unexplained=(
            Unexplained("clinic", 0.02, 0.004, 0.04),
            Unexplained("therapist", 0.05, 0.03, 0.068),
            Unexplained("patient", 0.49, 0.46, 0.52),
        ),
        levels=(
            LevelShare("therapist", "alliance", 0.02, 0.01, 0.03),
            LevelShare("patient", "alliance", 0.06, 0.04, 0.08),
            LevelShare("patient", "extra-therapeutic", 0.20, 0.17, 0.23),
        ),
        bootstrap=Bootstrap(200, 2, "cluster: therapist", 1),
        status=Status(True, False),
        truth={
            "alliance": 0.081,
            "technique": 0.012,
            "expectancy": 0.031,
            "extra-therapeutic": 0.198,
        },
        fit=sample_fit(),
        seconds=3.2,
    )
    return Partition(**(fields | changes))


def sample_fit(**changes) -> Fit:
    fields = dict(
        formula="phq9 ~ phq9_intake + wai_bond + (1 | clinic/therapist)",
        method="REML",
        criterion=14231.2,
        log_likelihood=-7115.6,
        rows=2514,
        rows_dropped=486,
        groups={"therapist": 150, "clinic": 20},
        fixed=(
            FixedEffect("(Intercept)", 9.812, 0.211, 18.2, 46.5, 1e-12, 9.37, 10.25),
            FixedEffect("wai_bond", -0.8123, 0.1422, 2410.3, -5.71, 1.2e-8, -1.091, -0.533),
            FixedEffect("homework", -0.0051, 0.0033, 2399.0, -1.54, 0.123, -0.0116, 0.0014),
        ),
        random=(
            RandomEffect("therapist", "(Intercept)", 1.18),
            RandomEffect("clinic", "(Intercept)", 0.7),
        ),
        correlations=(),
        sigma=3.9,
        r2_marginal=0.44,
        r2_conditional=0.51,
        status=Status(True, False),
        seconds=Seconds(0.2, 0.1, 0.3),
    )
    return Fit(**(fields | changes))
