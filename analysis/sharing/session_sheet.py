"""One page for the session, to look at together with the patient: own scores, plain words.

It foretells nothing: where a treatment ends is not for a sheet to say. It holds one treatment's
scores, so it is marked as internal on the page and in its name.
"""

from datetime import date

from analysis.presentation.charts.courses import own_scores_chart
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import laid_out
from analysis.presentation.words import progress_words as words
from analysis.questions.progress.answer import Progress
from analysis.questions.progress.judging import Course
from analysis.sharing.writing.document import Chart, Document, Paragraph, Section
from analysis.sharing.writing.writers import render

QUESTIONS = (
    "What has changed since the last time, for better or worse?",
    "How is working together going? What would help?",
    "What should happen next?",
)


def session_sheet(course: Course, found: Progress, today: date | None = None) -> bytes:
    """The sheet as PDF. today: its date, None for today's."""
    return render(document(course, found, today or date.today()), "pdf")


def document(course: Course, found: Progress, today: date) -> Document:
    """What the sheet shows."""
    rows = [
        {
            found.axis.capitalize(): cells.number(e + (found.axis == "session"), decimals=0),
            "Score": cells.number(s, decimals=1),
        }
        for e, s, _ in course.scores
        if s is not None
    ]
    table = laid_out(f"{found.label}, each time", rows)
    chart = own_scores_chart(course, found, PAPER)
    picture = Chart(
        f"{found.label} so far",
        f"Line of {found.label}: {', '.join(row['Score'].text for row in rows)}.",
        chart.to_dict(),
        ("at", "score"),
        table,
        ("Up is worse." if found.sign > 0 else "Up is better.",),
    )
    said = words.patient_sentence(course.treatment, found)
    return Document(
        title="How it has been going",
        subtitle=f"Treatment {course.treatment.episode}",
        date=today,
        sections=(
            Section("Your scores", (Paragraph(said), picture)),
            Section("To talk about", tuple(Paragraph(q) for q in QUESTIONS)),
        ),
        profile="internal",
        synthetic=found.synthetic,
        provenance=(f"From dataset {found.dataset}, version {found.version}.",),
    )
