"""The JSON of the commands on the alliance (the keys are a contract: others parse them)."""

from typing import TYPE_CHECKING

from analysis.models.panels.result import Effect, PanelFit, Variances
from analysis.models.panels.worlds import Verdict
from analysis.models.process.response_surface import ResponseSurface
from analysis.questions.alliance.sequence import SequenceAnswer
from analysis.questions.alliance.two.surface import SurfaceAnswer, terms

if TYPE_CHECKING:  # they load mixed models, which no other answer here needs
    from analysis.questions.alliance.course.gains import GainsAnswer
    from analysis.questions.alliance.two.raters import RatersAnswer


def sequence_json(answer: SequenceAnswer) -> dict:
    """The JSON of `sequence`; a number that can't be told is null."""
    fit = answer.fit
    return {
        "source": answer.source,
        "version": answer.version or None,
        "symptoms": answer.question.symptoms,
        "alliance": answer.question.alliance,
        "model": fit.model,
        "model_asked": answer.question.model,
        "model_reason": answer.reason,
        "sessions": fit.sessions,
        "spacing": answer.spacing,
        **_fields(fit, ("patients", "patterns", "cells", "parameters", "log_likelihood")),
        **_fields(fit, ("chi_square", "df", "p", "rmsea", "bic", "aic")),
        "lags": [_effect(e) for e in fit.lags],
        "long_run": [_effect(e) for e in fit.long_run],
        "response": [_effect(e) for e in fit.response],
        "means": [dict(zip(fit.names, m, strict=True)) for m in fit.mean.tolist()],
        "variances": _variances(fit.variances, fit.sessions),
        "comparison": _comparison(answer),
        "centred": [
            {"from": c.origin, "to": c.target}
            | _fields(c, ("estimate", "se", "low", "high", "expected", "bias"))
            for c in answer.centred
        ],
        **_verdict(answer.verdict, answer.sentence),
        "left_out": answer.left_out,
        "status": _status(fit, answer.messages),
        "seconds": answer.seconds,
    }


def _fields(thing, names) -> dict:
    return {name: getattr(thing, name) for name in names}


def _effect(effect: Effect) -> dict:
    found = {"from": effect.origin, "to": effect.target}
    found |= _fields(effect, ("estimate", "se", "low", "high", "standardised"))
    return found | {"sessions": effect.sessions}


def _variances(variances: Variances, sessions) -> dict:
    within = zip(sessions, variances.within_sd.tolist(), strict=True)
    innovations = zip(sessions[1:], variances.innovations, strict=True)
    return {
        "random": {"names": variances.random_names, "covariance": variances.random},
        "first": _pair(variances.first),
        "innovations": [{"session": s} | _pair(q) for s, q in innovations],
        "within_sd": [{"session": s, "symptoms": sd[0], "alliance": sd[1]} for s, sd in within],
    }


def _pair(block) -> dict:
    return {"symptoms": block[0, 0], "alliance": block[1, 1], "covariance": block[0, 1]}


def _comparison(answer: SequenceAnswer) -> dict | None:
    comparison = answer.comparison
    if comparison is None:
        return None
    names = ("log_likelihood", "parameters", "chi_square", "df", "rmsea", "bic", "aic")
    return {
        "models": {
            f.model: _fields(f, names)
            | {"lags": [_effect(e) for e in f.lags], "status": _status(f, f.status.messages)}
            for f in (comparison.ri_clpm, comparison.lcm_sr)
        },
        **_fields(comparison, ("ratio", "df", "p", "delta_bic", "wanted", "by_bic")),
    }


def _verdict(verdict: Verdict, sentence: str) -> dict:
    return {
        "verdict": verdict.world,
        "verdict_sentence": sentence,
        "verdict_wrong": verdict.wrong,
        "directions": dict(
            zip(("alliance_to_symptoms", "symptoms_to_alliance"), verdict.directions, strict=True)
        ),
        "smallest": verdict.smallest,
        "told": verdict.told,
        "patients_needed": verdict.patients_needed,
        "worlds": [
            {
                "world": w.name,
                "alliance_to_symptoms": w.lags[0],
                "symptoms_to_alliance": w.lags[1],
                "said": w.said,
            }
            for w in verdict.worlds
        ],
    }


def _status(fit: PanelFit, messages) -> dict:
    held = fit.held
    return {
        **_fields(fit.status, ("converged", "identified", "boundary")),
        "singular": fit.status.boundary,
        "messages": messages,
        "gradient": fit.gradient,
        "iterations": fit.iterations,
        "held": held
        and {
            "log_likelihood": held.log_likelihood,
            "converged": held.converged,
            "lags": [_effect(e) for e in held.lags],
        },
    }


def raters_json(answer: "RatersAnswer") -> dict:
    """The JSON of `raters`; surface is null without an outcome."""
    surface = answer.surface
    return {
        "source": answer.source,
        "version": answer.version or None,
        **_fields(answer, ("patient_rating", "therapist_rating")),
        "outcome": answer.outcome or None,
        **_fields(answer, ("patients", "rows", "rows_dropped")),
        "bias": _fields(answer.bias, ("estimate", "se", "low", "high")),
        "congruence": _fields(answer.congruence, ("estimate", "se", "low", "high")),
        "variances": _fields(answer.variances, ("bias", "congruence", "covariance", "residual")),
        "log_likelihood": answer.log_likelihood,
        "correlations": _fields(answer, ("within", "between")),
        "surface": surface and _surface(surface, answer.surface_sentence),
        "sentence": answer.sentence,
        "status": {
            **_fields(answer.status, ("converged", "singular")),
            "messages": answer.messages,
        },
    }


def surface_json(answer: SurfaceAnswer) -> dict:
    """The JSON of `surface`."""
    return {
        "source": answer.source,
        "version": answer.version or None,
        **_fields(answer, ("x", "y", "outcome", "rows", "rows_dropped", "r2")),
        "surface": _surface(answer.surface, answer.sentence),
        "agreement": answer.agreement,
        "range": dict(zip(("x", "y"), answer.range, strict=True)),
        "status": {"messages": answer.messages},
    }


def _surface(surface: ResponseSurface, sentence: str) -> dict:
    shapes = {s.name: _fields(s, ("estimate", "se", "low", "high")) for s in surface.shapes}
    return shapes | {
        "coefficients": [{"term": term, "estimate": b, "se": se} for term, b, se in terms(surface)],
        "stationary": surface.stationary,
        "conditions": surface.conditions,
        "congruence_effect": surface.is_congruence,
        "lower_is_better": surface.lower_is_better,
        "verdict": sentence,
    }


def gains_json(answer: "GainsAnswer") -> dict:
    """The JSON of `gains`; counts, never a patient's course."""
    return {
        "source": answer.source,
        "version": answer.version or None,
        **_fields(answer, ("outcome", "cutoff")),
        "patients": answer.of,
        "patients_able": answer.able,
        **_fields(answer, ("gains", "persons", "several", "reversals")),
        "magnitude": {"mean": answer.magnitude_mean, "sd": answer.magnitude_sd},
        "by_session": [{"session": s, "gains": n} for s, n in answer.by_session.items()],
        "alliance": answer.alliance or None,
        "around": [_fields(a, ("offset", "mean", "n")) for a in answer.around],
        "sentence": answer.sentence,
        "status": {"messages": answer.messages},
    }
