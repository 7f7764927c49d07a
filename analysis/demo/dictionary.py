"""The demo's variables as its dictionary describes them. Names are fixed: pages rely on them."""

from typing import Any

from analysis.measures.variables import Variable

_SAID = "Synthetic: drawn from the demo's generating model, no person's data."
_CONTRIBUTES = {True: f"{_SAID} Has an effect on the last PHQ-9.", False: f"{_SAID} No effect."}


def _v(name, label, unit, factor="", component="", span=(None, None), effect=False, **more):
    return Variable(
        name,
        label,
        unit,
        factor=factor,
        component=component,
        minimum=span[0],
        maximum=span[1],
        description=_CONTRIBUTES[effect],
        **more,
    )


def _wai(component: str) -> Variable:
    return _v(
        f"wai_{component}",
        f"Alliance: {component} (patient)",
        "session",
        "alliance",
        component,
        (1, 5),
        True,
        rater="patient",
        instrument="wai-sr",
        higher_is="better",
    )


def _practice(name: str, label: str) -> Variable:
    return _v(
        name,
        label,
        "session",
        "practice",
        label.lower(),
        (1, 5),
        rater="patient",
        higher_is="better",
    )


_EXTRA = "extra-therapeutic"
_BETTER: dict[str, Any] = {"higher_is": "better"}
_WORSE: dict[str, Any] = {"higher_is": "worse"}
_PATIENT, _OBSERVER = {"rater": "patient"}, {"rater": "observer"}
_CATEGORY: dict[str, Any] = {"kind": "category"}

VARIABLES = (
    Variable(
        "phq9",
        "PHQ-9 depression",
        "session",
        factor="outcome",
        component="depression",
        rater="patient",
        instrument="phq-9",
        minimum=0,
        maximum=27,
        higher_is="worse",
        description=f"{_SAID} The first session's score is the intake.",
    ),
    _wai("bond"),
    _wai("goal"),
    _wai("task"),
    _v(
        "wai_therapist",
        "Alliance (therapist)",
        "session",
        "alliance",
        "total",
        (1, 5),
        rater="therapist",
        **_BETTER,
    ),
    _v(
        "homework",
        "Homework done (%)",
        "session",
        "technique",
        "homework",
        (0, 100),
        True,
        rater="therapist",
        **_BETTER,
    ),
    _practice("listening", "Active listening"),
    _practice("empathy", "Empathy"),
    _practice("adapting", "Adapting to the patient"),
    _practice("explaining", "Explaining how therapy will evolve"),
    _practice("sincerity", "Sincerity"),
    _v(
        "expectation",
        "Expectation of change",
        "episode",
        "expectancy",
        "expectation of change",
        (0, 100),
        True,
        **_PATIENT,
        **_BETTER,
    ),
    _v(
        "credibility",
        "Credibility of the treatment",
        "episode",
        "expectancy",
        "credibility",
        (1, 9),
        True,
        **_PATIENT,
        **_BETTER,
    ),
    _v(
        "adherence",
        "Adherence to the treatment model",
        "episode",
        "technique",
        "adherence",
        (0, 6),
        True,
        **_OBSERVER,
        **_BETTER,
    ),
    _v(
        "treatment_model", "Treatment model", "episode", "technique", "treatment model", **_CATEGORY
    ),
    _v(
        "chronicity",
        "Years since the first complaint",
        "episode",
        _EXTRA,
        "chronicity",
        (0, 60),
        True,
        **_WORSE,
    ),
    _v(
        "comorbidity", "Further diagnoses", "episode", _EXTRA, "comorbidity", (0, 4), True, **_WORSE
    ),
    _v(
        "social_support",
        "Social support",
        "episode",
        _EXTRA,
        "social support",
        (0, 100),
        True,
        **_PATIENT,
        **_BETTER,
    ),
    _v(
        "life_events",
        "Life events in the last year",
        "episode",
        _EXTRA,
        "life events",
        (0, 8),
        True,
        **_WORSE,
    ),
    _v("employed", "In work", "episode", _EXTRA, "work", effect=True, **_CATEGORY),
    _v(
        "motivation",
        "Motivation",
        "episode",
        _EXTRA,
        "motivation",
        (1, 7),
        True,
        **_PATIENT,
        **_BETTER,
    ),
    _v("wait_weeks", "Weeks on the waiting list", "episode", "process", "waiting", (0, 104)),
    _v("age", "Age at intake (years)", "episode", span=(16, 100)),
    _v("gender", "Gender", "episode", **_CATEGORY),
    _v(
        "competence",
        "Competence of the therapist",
        "therapist",
        "technique",
        "competence",
        (0, 6),
        True,
        **_OBSERVER,
        **_BETTER,
    ),
    _v("experience_years", "Years of experience", "therapist", span=(0, 50)),
    _v("setting", "Setting", "clinic", **_CATEGORY),
)
