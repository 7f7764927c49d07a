"""What became of a patient between two scores: reliable change, recovery, deterioration.

Two definitions: an instrument's published reliable change and caseness cut-off (NHS Talking
Therapies uses PHQ-9 6 and 10, GAD-7 4 and 8), and Jacobson & Truax's (1991,
doi:10.1037/0022-006X.59.1.12), where both follow from a spread and a reliability.
"""

from dataclasses import dataclass
from math import sqrt

from analysis.base.errors import RequestError
from analysis.measures.instruments import Instrument, find_instrument
from analysis.measures.variables import Variable

# A change of exactly the criterion counts; means times ten are not exact in binary.
SLACK = 1e-9
Z_95 = 1.96  # Jacobson & Truax print it so


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """What counts as change in one measure.

    measure: the variable's name. reliable_change: points, None where nobody says.
    caseness: the cut-off, None where there is none; at: 'or above' or 'below', the side that
    counts as a case. higher_is: 'worse' or 'better'. origin: where the two numbers come from.
    """

    measure: str
    reliable_change: float | None = None
    caseness: float | None = None
    at: str = "or above"
    higher_is: str = "worse"
    origin: str = ""

    @property
    def sign(self) -> int:
        """1 where a falling score is improvement, -1 where a rising one is."""
        return -1 if self.higher_is == "better" else 1


def rule_for(variable: Variable, population: str = "") -> ChangeRule:
    """The rule of the variable's instrument, with None for what its file does not give.

    population: which of several cut-offs ('adolescents'); '' takes the first.
    """
    instrument = find_instrument(variable.instrument)
    higher_is = variable.higher_is or (instrument.higher_is if instrument else "") or "worse"
    if instrument is None:
        return ChangeRule(variable.name, higher_is=higher_is)
    cut, change = (
        _threshold(instrument, kind, population) for kind in ("caseness", "reliable_change")
    )
    return ChangeRule(
        variable.name,
        reliable_change=change.value if change else None,
        caseness=cut.value if cut else None,
        at=(cut.at if cut else "") or ("below" if higher_is == "better" else "or above"),
        higher_is=higher_is,
        origin=instrument.name,
    )


def reliable_change_criterion(sd: float, reliability: float) -> float:
    """Points that a score must change to be reliable: 1.96 sd sqrt(2) sqrt(1 - reliability).

    sd: of the scores at intake, above 0. reliability: 0 up to 1.
    Source: Jacobson & Truax 1991. Worked: SD 5.0139, reliability .80 give 6.2153.
    """
    if not (sd > 0 and 0 <= reliability < 1):
        raise RequestError(
            "No reliable change follows from these numbers",
            where="standard deviation and reliability",
            allowed="a standard deviation above 0 and a reliability from 0 to below 1",
            next_step="take both from the instrument's manual",
        )
    return Z_95 * sd * sqrt(2) * sqrt(1 - reliability)


def _threshold(instrument: Instrument, kind: str, population: str):
    found = getattr(instrument, kind)
    named = [t for t in found if t.population == population]
    return (named or list(found) or [None])[0]
