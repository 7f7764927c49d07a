"""One family of errors. Each says what is wrong, where, what is allowed, and the next step.

Pages and the command line catch only this family. No message ever holds a patient's value:
say the row, the column and the kind of the value instead.
"""

from typing import ClassVar


class RapportError(Exception):
    """A request that cannot be done, explained to the person who made it.

    what: the problem in one sentence. where: file, row, column, variable or option.
    allowed: what would have been accepted. next_step: what to do now. answer: what a command's
    JSON says all the same, {} for nothing.
    """

    answer: ClassVar[dict] = {}

    def __init__(self, what: str, *, where: str = "", allowed: str = "", next_step: str = ""):
        self.what, self.where, self.allowed, self.next_step = what, where, allowed, next_step
        super().__init__(what, where, allowed, next_step)

    def __str__(self) -> str:
        parts = [self.what]
        named = (("Where", self.where), ("Allowed", self.allowed), ("Next", self.next_step))
        parts += [f"{name}: {text}" for name, text in named if text]
        return " ".join(map(ended, parts))

    def __reduce__(self):
        # Keyword-only fields would be lost when a worker process sends the error back.
        return _rebuild, (type(self), self.what, self.where, self.allowed, self.next_step)


def ended(text: str) -> str:
    """`text` with a full stop, where it does not end already. Worked: 'a' -> 'a.', 'b?' -> 'b?'."""
    return text if text.endswith(("?", "!", "…")) else text.rstrip(".") + "."


def _rebuild(kind, what, where, allowed, next_step):
    return kind(what, where=where, allowed=allowed, next_step=next_step)


class FormulaError(RapportError):
    """The formula cannot be read or names what the data do not have."""


class ModelError(RapportError):
    """The data cannot identify the model that was asked for."""


class StoreError(RapportError):
    """A dataset is unknown, damaged, foreign or in use."""


class ImportRefused(RapportError):
    """A file or mapping that cannot become a dataset; the store is as it was."""


class ExportRefused(RapportError):
    """A file that would tell about single patients; nothing was written."""


class RequestError(RapportError):
    """An option, name or value outside what is allowed."""


def did_you_mean(name: str, known: list[str] | tuple[str, ...]) -> str:
    """The closest of `known` to `name` as a ready sentence, or '' when none is close."""
    from difflib import get_close_matches

    lowered = {k.lower(): k for k in known}
    close = get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return f"did you mean '{lowered[close[0]]}'?" if close else ""
