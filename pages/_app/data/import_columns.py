"""The columns of an import, to correct: which is a key, which a variable, and why."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from analysis.importing.meaning.mapping import KEYS, OUT_OF_RANGE, MappedVariable, Mapping
from analysis.importing.meaning.words import plain
from analysis.measures.variables import DIRECTIONS, FACTORS, KINDS, RATERS, UNITS

KEY_MEANINGS = {
    "clinic": "Clinic",
    "therapist": "Therapist",
    "patient": "Patient",
    "episode": "Treatment (episode)",
    "session": "Session number",
    "date": "Date of the session",
    "started": "Start of the treatment",
    "ended": "End of the treatment",
    "ending": "How it ended",
    "weeks": "Weeks since intake",
}
# What the table shows at first, within 1,400 pixels; the rest on demand.
ALWAYS = ("use", "column", "name", "unit", "kind", "factor", "minimum", "maximum", "main", "reason")
MORE = ("label", "component", "rater", "higher_is", "out_of_range")
EDITED = ("name", "unit", "kind", "factor", "minimum", "maximum", *MORE)


def keys_editor(guess: Mapping, key: str) -> pd.DataFrame:
    """Which column is which key, to correct. Columns: key, meaning, column, reason."""
    own, reasons = dict(guess.keys), dict(guess.reasons)
    frame = pd.DataFrame(
        [
            dict(
                key=k,
                meaning=KEY_MEANINGS[k],
                column=own.get(k, ""),
                reason=reasons.get(f"key {k}", ""),
            )
            for k in KEYS
        ]
    )
    config = {
        "key": None,
        "meaning": st.column_config.TextColumn("Key", disabled=True),
        "column": st.column_config.SelectboxColumn(
            "Column of the file", options=["", *_columns(guess)]
        ),
        "reason": st.column_config.TextColumn("Why", disabled=True),
    }
    return st.data_editor(
        frame, column_config=config, hide_index=True, key=key, alt="Which column is which key"
    )


def variables_editor(guess: Mapping, key: str, more: bool = False) -> pd.DataFrame:
    """Every column that may be a variable, those that were taken for one first; the box says
    whether it is imported. more: show the seldom needed columns too."""
    rows = [_row(v, guess) for v in guess.variables] + _left_out(guess)
    kinds = {"minimum": "float64", "maximum": "float64", "use": bool, "main": bool}
    frame = pd.DataFrame(rows, columns=["was", *ALWAYS, *MORE]).astype(kinds)
    choose, text = st.column_config.SelectboxColumn, st.column_config.TextColumn
    config = {
        "was": None,
        "use": st.column_config.CheckboxColumn("Use", width=58),
        "column": text("Column", disabled=True, width=125),
        "name": text("Name", required=True, width=110),
        "unit": choose("Unit", options=UNITS, required=True, width=88),
        "kind": choose("Kind", options=KINDS, required=True, width=88),
        "factor": choose("Factor", options=["", *FACTORS], width=118),
        "minimum": st.column_config.NumberColumn("Low", width=62),
        "maximum": st.column_config.NumberColumn("High", width=64),
        "main": st.column_config.CheckboxColumn("Main", width=64, help="The main outcome"),
        "reason": text("Why", disabled=True, width=190),
        "label": text("Label"),
        "component": text("Component"),
        "rater": choose("Rater", options=("", *RATERS)),
        "higher_is": choose("Higher is", options=("", *DIRECTIONS)),
        "out_of_range": choose("Out of range", options=OUT_OF_RANGE, required=True),
    }
    return st.data_editor(
        frame,
        column_config=config,
        column_order=[*ALWAYS[:-1], *MORE, "reason"] if more else ALWAYS,
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(frame), 740),
        key=key,
        alt="Which column is which variable",
    )


def corrected(guess: Mapping, keys: pd.DataFrame, variables: pd.DataFrame) -> Mapping:
    """The guess with the user's corrections."""
    before = {v.name: v for v in guess.variables}
    chosen = [row for row in variables.to_dict("records") if row["use"]]
    mapped = tuple(
        _mapped(before.get(row["was"]) or MappedVariable("", column=row["column"]), row)
        for row in chosen
    )
    main = next((row["name"] for row in chosen if row["main"]), "")
    pairs = tuple((r["key"], r["column"]) for r in keys.to_dict("records") if r["column"])
    return replace(guess, keys=pairs, variables=mapped, main_outcome=main)


def _row(variable: MappedVariable, guess: Mapping) -> dict:
    column = variable.source
    if variable.items:
        column = f"{variable.items[0]} … {variable.items[-1]}"
    return dict(
        was=variable.name,
        use=True,
        column=column,
        **{f: getattr(variable, f) for f in EDITED},
        main=variable.name == guess.main_outcome,
        reason=dict(guess.reasons).get(f"variable {variable.name}", ""),
    )


def _left_out(guess: Mapping) -> list[dict]:
    """The columns that nothing is made of yet, to be chosen all the same."""
    reasons = dict(guess.reasons)
    # The total stands before its subscales: its name is the scale's.
    items = {c: v.label or v.name for v in reversed(guess.variables) for c in v.items}
    used = {v.source for v in guess.variables} | {c for _, c in guess.keys}
    used |= {c for f in guess.files for _, c in (*f.keys, *f.columns)}
    rows = []
    for column in guess.columns:
        if column in used:
            continue
        why = f"an item of {items[column]}" if column in items else "left out"
        new = MappedVariable(plain(column) or "variable", column=column, kind="category")
        if column in items:
            new = replace(new, kind="number")
        reason = reasons.get(f"column {column}", why)
        rows.append(_row(new, guess) | dict(was="", use=False, main=False, reason=reason))
    return rows


def _columns(guess: Mapping) -> list[str]:
    named = [*guess.columns, *(column for _, column in guess.keys)]
    named += [column for f in guess.files for _, column in f.keys]
    named += [v.source for v in guess.variables if not v.items]
    return sorted(set(named), key=str.lower)


def _mapped(before: MappedVariable, row: dict) -> MappedVariable:
    """An empty cell comes back as None or NaN: text becomes '', a limit None."""
    changes = {}
    for field in EDITED:
        value = row[field]
        empty = value is None or value != value
        if field in ("minimum", "maximum"):
            changes[field] = None if empty or value is None else float(value)
        else:
            changes[field] = "" if empty else str(value).strip()
    column = before.column if before.items else before.source or row["column"]
    return replace(before, **changes | {"column": column})
