"""Studies on a page: keep the model at hand, see its models side by side, open, rename, delete."""

from dataclasses import replace

import streamlit as st

from analysis.base.errors import RapportError
from analysis.presentation.tables.models.side_by_side_table import side_by_side
from analysis.presentation.words.models import residual_words
from analysis.questions.lab.question import FAMILIES, ModelQuestion
from analysis.questions.lab.studies import keeping
from analysis.questions.lab.studies.study import MOST_MODELS, Study, member_of, study_text
from analysis.questions.scope import Scope
from analysis.sharing.request import SECTIONS
from pages._app.frame import cached, cards, door, linked
from pages._app.frame.block import Card, block

TITLE = "Study: models side by side"
PROBLEM = "study problem"


def study(question: ModelQuestion | None, scope: Scope, synthetic: bool) -> None:
    """The block of studies; question: the model at hand, None where there is none."""
    with block(
        TITLE, synthetic, "Up to six models with a question and notes, kept by name."
    ) as card:
        _said()
        chosen = _chosen(scope)
        if question is not None:
            _keep(question, chosen)
        if chosen is None:
            return
        if chosen.version != scope.version:
            _other_data(chosen, scope)
            return
        _models(chosen)
        _side_by_side(chosen, card)
        _words(chosen)
        _more(chosen)


def _said() -> None:
    """What a click could not do."""
    error = st.session_state.pop(PROBLEM, None)
    if error is not None:
        cards.problem(error)


def _done(change) -> None:
    """Carries a click out; its refusal is shown in the next run."""
    try:
        change()
    except RapportError as error:
        st.session_state[PROBLEM] = error


def _chosen(scope: Scope) -> Study | None:
    found = {s.name: s for s in keeping.studies(door.store(), scope.dataset)}
    name = linked.study(found, "None is open")
    return found.get(name) if name else None


def _keep(question: ModelQuestion, chosen: Study | None) -> None:
    """A button that adds the model at hand to the open study, or begins one with it."""
    if chosen and member_of(question) in [replace(m, label="") for m in chosen.models]:
        st.caption("The model at hand is in it.")
        return
    if chosen and chosen.version != question.version:
        return
    if chosen and len(chosen.models) >= MOST_MODELS:
        st.caption(f"It has {MOST_MODELS} models, as many as stand side by side.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = chosen.name if chosen else ""
        if not chosen:
            name = st.text_input(
                "Name of a new study",
                key="new study",
                max_chars=64,
                placeholder="alliance-and-time",
                width=260,
            )

        def change() -> None:
            where = (str(question.dataset), question.version, question.store)
            kept = keeping.add((name or "").strip(), member_of(question), *where)
            st.session_state["study"] = kept.name

        label = f"Add this model to '{name}'" if chosen else "Keep this model in it"
        st.button(label, icon=":material/bookmark_add:", on_click=_done, args=(change,))


def _other_data(chosen: Study, scope: Scope) -> None:
    """What differs, and the same models as a study of the data at hand."""
    try:
        keeping.checked_data(chosen, scope.version, scope.store)
    except RapportError as error:
        cards.problem(error)

    def change() -> None:
        name = f"{chosen.name}-{scope.version[:4]}"
        fresh = replace(chosen, name=name, version=scope.version, created="")
        st.session_state["study"] = keeping.save(fresh, scope.store).name

    st.button(
        "Same models, this version", on_click=_done, args=(change,), icon=":material/copy_all:"
    )


def _models(chosen: Study) -> None:
    for k, model in enumerate(chosen.models):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.text(f"{k + 1}  {residual_words.named(model)}", width="stretch")

            def reopen(model=model) -> None:
                st.session_state["formula"] = model.formula
                st.session_state["family"] = model.family
                if model.family in FAMILIES and model.family == "gaussian":
                    st.session_state["method"], st.session_state["df"] = model.method, model.df
                for name in ("weights", "serial", "spread", "robust"):
                    st.session_state[name] = getattr(model, name) or None

            def out(model=model) -> None:
                left = tuple(m for m in chosen.models if m != model)
                keeping.save(replace(chosen, models=left), door.store())

            st.button("Open", key=f"open model {k}", on_click=reopen, type="tertiary")
            st.button("Take out", key=f"out {k}", on_click=_done, args=(out,), type="tertiary")


def _side_by_side(chosen: Study, card: Card) -> None:
    if len(chosen.models) < 2:
        st.caption("With a second model the two stand side by side.")
        return
    store = door.store()
    asked = tuple(m.question(chosen.dataset, chosen.version, store) for m in chosen.models)
    found = cards.wait(
        cached.side_by_side_job(asked),
        260,
        "Fitting the models",
        retry=lambda: cached.side_by_side_job.clear(asked),
    )
    if found is None:
        return
    caption = f"{chosen.dataset} {chosen.version} {chosen.name} models side by side"
    card.show(table=side_by_side(found, caption))
    for message in found.messages:
        st.caption(cards.escape(message) + ".")


def _words(chosen: Study) -> None:
    """Question and notes, kept as they are left."""
    key = f"{chosen.name} {chosen.version}"

    def change() -> None:
        said = {n: st.session_state[f"{n} {key}"] or "" for n in ("question", "notes")}
        keeping.save(replace(chosen, **said), door.store())

    st.text_input(
        "What the study asks",
        chosen.question,
        key=f"question {key}",
        max_chars=500,
        on_change=_done,
        args=(change,),
    )
    st.text_area(
        "Notes",
        chosen.notes,
        key=f"notes {key}",
        max_chars=20_000,
        height=90,
        on_change=_done,
        args=(change,),
    )


def _more(chosen: Study) -> None:
    cards.go_to(
        "share",
        "These models in a report to share",
        "ios_share",
        query_params={
            "dataset": chosen.dataset,
            "sections": [SECTIONS["lab"], SECTIONS["method"]],
            "study": chosen.name,
        },
    )
    st.caption("A link to the study")
    st.code(chosen.link(), language=None, wrap_lines=True)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "File",
            study_text(chosen),
            f"{chosen.name}.{chosen.dataset}.{chosen.version}.toml",
            "application/toml",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        with st.popover("Rename", type="tertiary", key="rename a study"):
            new = st.text_input("New name", key="study renamed", max_chars=64)

            def change() -> None:
                renamed = keeping.rename(chosen.name, (new or "").strip(), door.store())
                st.session_state["study"] = renamed.name

            st.button("Rename it", on_click=_done, args=(change,))
        with st.popover("Delete", type="tertiary", key="delete a study"):
            st.text(f"Delete the study '{chosen.name}'? Its notes are gone then.")

            def gone() -> None:
                keeping.delete(chosen.name, door.store())
                st.session_state["study"] = None

            st.button("Delete it", on_click=_done, args=(gone,), type="primary")
