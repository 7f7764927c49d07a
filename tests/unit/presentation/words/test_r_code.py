"""The R code of a model. What it fits was run once by R 4.2.2; here its words are held."""

import pytest

from analysis.presentation.words.models.r_code import lmer_code


@pytest.mark.parametrize(
    ("formula", "weights", "lines"),
    [
        ("y ~ x + (1 | g)", "", ["lmerTest::lmer(y ~ x + (1 | g), data = d, REML = TRUE)"]),
        ("y ~ x", "w", ["lm(y ~ x, data = d, weights = w)"]),
        (
            "y ~ C(a, Treatment('b c')) + C(k)",
            "",
            ["lm(y ~ relevel(factor(a), 'b c') + factor(k), data = d)"],
        ),
        (
            "y ~ ns(t, df=3) + (1 | g)",
            "my w",
            [
                "library(splines)",
                "model <- y ~ ns(t, df=3) + (1 | g)",
                'd <- na.omit(d[c(all.vars(model), "my w")])',
                "lmerTest::lmer(model, data = d, REML = TRUE, weights = `my w`)",
            ],
        ),
        (
            "y ~ center(t) + poly(t, 2)",
            "",
            [
                "model <- y ~ scale(t, scale = FALSE) + poly(t, 2)",
                "d <- na.omit(d[all.vars(model)])",
                "lm(model, data = d)",
            ],
        ),
        ("y ~ turns + xC(t)", "", ["lm(y ~ turns + xC(t), data = d)"]),
    ],
)
def test_lines(formula, weights, lines):
    assert lmer_code(formula, "REML", weights).split("\n") == lines


def test_ml():
    assert "REML = FALSE" in lmer_code("y ~ x + (1 | g)", "ML")
