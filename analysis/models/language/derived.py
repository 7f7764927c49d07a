"""Variables that a formula makes of others: parts by level, the value before, one of a treatment.

`within(x)` is x less its patient's mean, `patient(x)` the patient's mean less the therapist's,
`therapist(x)` the therapist's less the clinic's, `clinic(x)` the clinic's less that of all rows:
they add up to x less its mean, and are uncorrelated over the rows. `within(x, g)` and
`between(x, g)` do so for any grouping g. `lag(x)` is the value at the session before. `early(x)`
(sessions 3 to 5), `mean(x)` and `last(x)` make one value of a treatment's sessions; `early(x, 8)`
(6 to 8), `mean(x, 8)` and `last(x, 8)` of those up to a landmark, session 8, that it has reached.
`mean(x, therapist)` and its like average that over the treatments of a patient, therapist or
clinic, whose rows a model of nothing finer then has.
Source: Curran & Bauer 2011, doi:10.1146/annurev.psych.093008.100356 (centring within groups).
"""

import re
from dataclasses import dataclass

PARTS = ("within", "patient", "therapist", "clinic")
SUMMARIES = ("early", "mean", "last")
UNITS = ("patient", "therapist", "clinic")  # over whose treatments a summary may be averaged
LAST_LANDMARK = 500  # a session number beyond any treatment's
DERIVED = (*PARTS, "between", "lag", *SUMMARIES)
_CALL = re.compile(rf"({'|'.join(DERIVED)})\((.+?)(?:, (.+))?\)")


@dataclass(frozen=True, slots=True)
class Derived:
    """kind: one of DERIVED; variable: what it is made of; group: of within and between, '' for the
    patient; of a treatment's summary the landmark's session in digits, or the unit over whose
    treatments it is averaged, '' for none."""

    kind: str
    variable: str
    group: str = ""

    @property
    def name(self) -> str:
        """What the variable is called, and its column in a table of coefficients."""
        return f"{self.kind}({', '.join(n for n in (self.variable, self.group) if n)})"

    @property
    def landmark(self) -> int | None:
        """The last session that a treatment's summary may know; None without one."""
        is_one = self.kind in SUMMARIES and self.group.isdecimal()
        return int(self.group) if is_one else None

    @property
    def over(self) -> str:
        """The unit over whose treatments a summary is averaged; '' for the treatment itself."""
        return self.group if self.kind in SUMMARIES and self.group in UNITS else ""

    @property
    def own_names(self) -> tuple[str, ...]:
        """The data's variables that it is made of."""
        others = "" if self.landmark is not None or self.over else self.group
        return tuple(n for n in (self.variable, others) if n)


def derived_of(name: str) -> Derived | None:
    """What a variable's name says it is made of; None for one that the data hold.

    Worked: 'within(x)' -> Derived('within', 'x'); 'x' -> None.
    """
    found = _CALL.fullmatch(name)
    return Derived(found[1], found[2], found[3] or "") if found else None


def base_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The data's own variables behind `names`, each once."""
    out: list[str] = []
    for name in names:
        made = derived_of(name)
        out += made.own_names if made else [name]
    return tuple(dict.fromkeys(out))
