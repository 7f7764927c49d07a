"""A Choice as a formula."""

from analysis.questions.lab.building.choice import Choice, Differing


def written(choice: Choice) -> str:
    """lme4's formula of a choice. Worked: outcome y, predictors session and the parts of x with
    their interaction, patients who differ -> 'y ~ session + within(x) + patient(x) +
    session:(within(x) + patient(x)) + (1 | patient)'."""
    terms = [f for f in choice.further if f == "0"]
    terms += [f for p in choice.predictors for f in p.factors()]
    for one, other in choice.together:
        both = [choice.predictor(v) for v in (one, other)]
        if all(both):
            terms.append(":".join(_one(p.factors()) for p in both if p))
    terms += [f for f in choice.further if f != "0"]
    terms = terms or ["1"]
    terms += [_random(d) for d in choice.differing]
    terms += choice.further_random
    return f"{choice.outcome} ~ {' + '.join(dict.fromkeys(terms))}"


def _one(factors: tuple[str, ...]) -> str:
    return factors[0] if len(factors) == 1 else f"({' + '.join(factors)})"


def _random(differing: Differing) -> str:
    return f"({' + '.join(differing.slopes) or '1'} | {differing.group})"
