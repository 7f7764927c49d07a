"""What an import finds: each finding with its evidence and, where it is a question, its choices."""

from dataclasses import dataclass, replace

from analysis.base.errors import ImportRefused, RequestError

SEVERITIES = ("ask", "quarantine", "warn")
# How open questions are settled: not at all; by what is recommended; or, for a caller who looks
# at the report, by what is recommended or lands.
SETTLE = ("ask", "yes", "trust")
LANDS = "land"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its word, and what it does."""

    choice: str
    means: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    code: 'kind' or 'kind:column', the same for next month's file. severity: of SEVERITIES. file,
    column: where, '' for all. count: rows or cells. evidence: a sentence, never with a patient's
    value. choices, recommended ('' for none), answer ('' while open): of a question.
    """

    code: str
    severity: str
    file: str
    column: str
    count: int
    evidence: str
    choices: tuple[Choice, ...] = ()
    recommended: str = ""
    answer: str = ""

    def sentence(self) -> str:
        """The evidence, and what the answer does."""
        means = next((c.means for c in self.choices if c.choice == self.answer), "")
        return f"{self.evidence}; {means}" if means else self.evidence

    def question(self) -> dict:
        """The question as the command's JSON has it."""
        return {
            "code": self.code,
            "file": self.file,
            "column": self.column,
            "evidence": self.evidence,
            "choices": [{"choice": c.choice, "means": c.means} for c in self.choices],
            "recommended": self.recommended or None,
        }

    def to_json(self) -> dict:
        """The finding as the command's JSON has it."""
        named = ("code", "severity", "file", "column", "count", "evidence", "answer")
        return {name: getattr(self, name) for name in named}


class QuestionsOpen(ImportRefused):
    """Nothing landed: questions are open. questions: the Findings."""

    def __init__(self, questions: tuple[Finding, ...]):
        self.questions = tuple(questions)
        answers = " ".join(f"--answer '{q.code}={_offered(q)}'" for q in self.questions[:3])
        count = len(self.questions)
        super().__init__(
            ("A question is" if count == 1 else f"{count} questions are")
            + " open; nothing was imported: "
            + "; ".join(f"{q.evidence} ({_choices(q)})" for q in self.questions[:10]),
            where=", ".join(dict.fromkeys(q.file for q in self.questions if q.file)),
            next_step=f"answer them ({answers}), or take what is recommended with --yes",
        )

    @property
    def answer(self) -> dict:
        """The command's JSON: the questions, and that nothing landed."""
        return {"questions": [q.question() for q in self.questions]}

    def __reduce__(self):
        return QuestionsOpen, (self.questions,)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers by code or by the code's kind, and what settles the others."""

    given: tuple[tuple[str, str], ...] = ()
    settle: str = "trust"

    def has(self, code: str) -> bool:
        """Whether an answer to this question was given."""
        return code in dict(self.given)

    def settled(self, question: Finding) -> Finding:
        """The question with its answer, or as it was while it is open.

        RequestError for an answer that is not among its choices.
        """
        allowed = [c.choice for c in question.choices]
        given = dict(self.given)
        answer = given.get(question.code, given.get(question.code.split(":")[0], ""))
        if answer and answer not in allowed:
            raise RequestError(
                f"'{answer}' is no answer to the question '{question.code}'",
                where=question.file,
                allowed=", ".join(allowed),
                next_step="take one of these",
            )
        if not answer and self.settle != "ask":
            answer = question.recommended
            if not answer and self.settle == "trust" and LANDS in allowed:
                answer = LANDS
        return replace(question, answer=answer)


def _choices(question: Finding) -> str:
    return ", ".join(f"{question.code}={c.choice}: {c.means}" for c in question.choices)


def _offered(question: Finding) -> str:
    return question.recommended or question.choices[0].choice
