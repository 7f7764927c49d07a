"""A result on a page: titles, charts and tables with their downloads, waiting, and calm errors.

Labels of the data are written with `st.text`, in tables, or through `escape`: Streamlit's
Markdown would follow an image or a link inside them.
"""

import contextlib
import re
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import streamlit as st

from analysis.base.background import work
from analysis.base.errors import FormulaError, ModelError, RapportError, RequestError, ended
from analysis.presentation.charts.theme import DARK, LIGHT, Look
from analysis.presentation.pictures import quiet
from analysis.presentation.tables.models import model_tables
from analysis.presentation.words.rounding import NBSP
from pages._app.frame import contents, door, heights, tables
from pages._app.frame.viewer import watch

PAGES = Path(__file__).resolve().parents[2]
WORD_JOINER = "\u2060"  # invisible, and no line breaks there
FIRST_CAUTIONS = 2
HALF = 430  # pixels from which a card stands beside another
PATIENCE = 0.35  # seconds a page waits for a quick answer before it shows that it is working
POLL = 0.5
STOPPABLE = 3.0  # seconds of work after which a page offers to stop it


def escape(text: str) -> str:
    """The text with every character that Markdown could act on made plain.

    Addresses become links even when escaped: an invisible word joiner keeps them apart.
    """
    text = re.sub(r"(?<=\d) (?=%)", NBSP, str(text))  # no line ends between the two
    text = re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@/])", r"\\\1", text).replace("\n", " ")
    return re.sub(
        r"(\\:)(?=\\/)|(www)(?=\\\.)|(\\@)",
        lambda m: m.group() + WORD_JOINER,
        text,
        flags=re.IGNORECASE,
    )


def title(text: str, synthetic: bool = False) -> None:
    """The page's title, with the badge beside it where the data are made."""
    place = contents.place("head")
    with place.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(escape(text), width="content", anchor=False)
        if synthetic:
            st.badge("Synthetic data", color="orange")


def lead(sentence: str) -> None:
    """The answer in one sentence, before everything else."""
    contents.place("lead").markdown(escape(sentence))


def cautions(sentences: Iterable[str]) -> None:
    """What to bear in mind before anything else is read: the first two in full, all behind a
    chip."""
    sentences = list(sentences)
    place = contents.place("cautions")
    for sentence in sentences[:FIRST_CAUTIONS]:
        place.markdown(f":material/warning: {escape(sentence)}")
    if len(sentences) > FIRST_CAUTIONS:
        with contents.place("chips").popover(
            f"{len(sentences)} cautions", type="tertiary", key="all cautions"
        ):
            for sentence in sentences:
                st.markdown(f"- {escape(sentence)}")


def facts(text: str) -> None:
    """What was asked and how much stands behind it, in the page's header line."""
    contents.place("facts").text(text)


def section(text: str, note: str = "") -> None:
    """A heading of a part of the page, with a line on what it shows."""
    st.header(escape(text), anchor=contents.listed(text))
    if note:
        st.caption(escape(note))


def problem(error: RapportError) -> None:
    """A request that cannot be done: what, where, what is allowed and the next step."""
    lines = [f"**{escape(ended(error.what))}**"]
    for name, value in (
        ("Where", error.where),
        ("Allowed", error.allowed),
        ("Next", error.next_step),
    ):
        if value:
            lines.append(f"{name}: {escape(ended(value))}")
    st.warning("\n\n".join(lines))


@contextlib.contextmanager
def calm():
    """Shows errors of the family as messages, and anything else as a plain apology: a traceback
    could hold patients' values."""
    try:
        yield
    except RapportError as error:
        problem(error)
    except Exception as error:
        if door.debug():
            raise
        print(f"Rapport: unexpected {type(error).__name__} on a page", file=sys.stderr)
        st.error(
            "Something went wrong on this page, and it is not your doing. "
            "The data are as they were. Reload the page to try again."
        )


def go_to(page: str, label: str, icon: str = "arrow_forward", **options) -> None:
    """A link to another page: `page` is its script's name without the ending."""
    st.page_link(PAGES / f"{page}.py", label=label, icon=f":material/{icon}:", **options)


def needs_data(what: str) -> None:
    """For a page without a dataset: what it needs, and the demo on offer."""
    lead(what)
    st.write(
        "Import your own data, or look around first with a demo dataset: synthetic, with "
        "known truth, and labelled so wherever it shows."
    )
    with st.container(horizontal=True, vertical_alignment="center", key="needs-data"):
        make_demo()
        go_to("import", "Import data", "upload")


def make_demo() -> None:
    """The button that makes the demo dataset in the pool and shows how far it is."""
    if st.button("Make the demo dataset", type="primary", icon=":material/science:"):
        from analysis.questions.partition.kept import make_demo_answered

        st.session_state["demo_job"] = work.submit(
            partial(make_demo_answered, store=door.store()), progress=False
        )
    job = st.session_state.get("demo_job")
    if job and wait(job, 60, "Making the demo dataset") is not None:
        del st.session_state["demo_job"]
        st.rerun()


def wait(job: work.Job, height: int, doing: str = "", retry=None):
    """The job's result, or None while a skeleton of `height` pixels holds its place.

    doing: a sentence for a job that tells nothing itself. retry: called before another try when
    the user asks for one after an error.
    """
    watch(job)
    try:
        return job.result(timeout=PATIENCE)
    except TimeoutError:
        _waiting(job, height, doing)
    except work.WorkStopped as stopped:
        problem(stopped)
        if retry:
            retry()  # no answer, so none is kept: the next run asks anew
            st.button("Try again", icon=":material/refresh:", key=f"again {doing}")
    except RapportError as error:
        problem(error)
        # What the data or the request do not allow is not allowed the second time either.
        passing = not isinstance(error, (ModelError, FormulaError, RequestError))
        if (
            retry
            and passing
            and st.button("Try again", icon=":material/refresh:", key=f"again {doing}")
        ):
            retry()
            st.rerun()
    return None


def look() -> Look:
    """Light or dark, as the viewer has it."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def picture(build, alt: str, key: str) -> None:
    """A chart alone, its height kept free while the browser draws it. build: function of a Look;
    alt: its text alternative.

    The tests hold each chart to its schema; checking it again at each view takes longer than
    building it.
    """
    spec = quiet(build(look()).to_dict(validate=False))
    with st.container(key=heights.key(heights.reserved(spec), contents.slug(key))):
        st.vega_lite_chart(spec=spec, theme=None, width="stretch", alt=alt, key=key)


def compare(fit, second) -> None:
    """The coefficients of a Fit beside those of the second witness (a WitnessFit)."""
    theirs = dict(zip(second.terms, zip(second.beta, second.se, strict=True), strict=True))
    pairs = [(f, *theirs[f.term]) for f in fit.fixed if f.term in theirs]
    furthest = max((abs(f.estimate - beta) / f.se for f, beta, _ in pairs), default=0.0)
    st.text(
        f"Criterion: {fit.criterion:.4f} here, {second.criterion:.4f} with statsmodels. "
        f"The estimates furthest apart differ by {furthest:.1e} standard errors."
    )
    if fit.status.singular:
        st.text(
            "The fit is singular: at such an edge statsmodels stops early, so do not "
            "compare closely."
        )
    tables.shown(model_tables.witnesses(fit, second))
    for message in second.messages:
        st.caption(escape(message))


@st.fragment(run_every=POLL)
def _waiting(job: work.Job, height: int, doing: str) -> None:
    if job.done:
        st.rerun()
    share, sentence = job.progress
    if not job.running:
        sentence = "Waiting: the computer is at other questions" if job.tries == 0 else sentence
    elif doing:
        sentence = doing
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text=escape(sentence))
        if job.seconds > STOPPABLE and st.button("Stop", key=f"stop {job.ticket}"):
            job.cancel()
    st.skeleton(height=height)
