"""The JSON of the commands on the alliance (the keys are a contract: others parse them)."""

from analysis.models.panels.result import Effect, PanelFit, Variances
from analysis.models.panels.worlds import Verdict
from analysis.questions.alliance.sequence import SequenceAnswer


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
