"""Exports of survey tools: the columns that the tool adds, and sheets that nobody finished."""

from analysis.importing.findings.quarantine import BY_ANSWER, Ledger, Problem
from analysis.importing.meaning.mapping import MISSING
from analysis.importing.meaning.words import plain
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row

# Columns that SurveyMonkey, Qualtrics, LimeSurvey, REDCap and Microsoft's forms add.
_TOOLS = frozenset(
    "respondent_id response_id responseid collector_id ip_address ipaddress user_agent "
    "date_created date_modified start_date startdate end_date enddate recorded_date "
    "recordeddate progress finished status duration_in_seconds recipient_last_name "
    "recipient_first_name recipient_email external_reference externalreference "
    "location_latitude locationlatitude location_longitude locationlongitude "
    "distribution_channel distributionchannel user_language userlanguage email_address "
    "custom_data_1 submitdate lastpage last_page startlanguage start_language seed datestamp "
    "redcap_survey_identifier redcap_data_access_group redcap_repeat_instrument "
    "redcap_repeat_instance timestamp start_time completion_time".split()
)
_BEGAN = ("recorded_date", "recordeddate", "submitdate", "end_date", "enddate", "start_date")
_BEGAN += ("startdate", "completion_time", "timestamp", "date_created")
_FLAGS = ("finished", "progress", "completed", "complete")
_DONE = "true 1 2 yes ja si sí oui 100 completed complete finished".split()


def tool_columns(staged: Staged) -> tuple[str, ...]:
    """The columns that a survey tool added, () where the file is no such export."""
    named = {plain(c): c for c in staged.columns}
    found = [c for name, c in named.items() if name in _TOOLS]
    if any(name.startswith("redcap_") for name in named):  # with how far each form is
        found += [c for name, c in named.items() if name.endswith("_complete")]
    if {"submitdate", "lastpage"} <= set(named) and "id" in named:  # LimeSurvey's own
        found.append(named["id"])
    return tuple(found) if len(found) > 1 else ()


def filled_in_on(columns: tuple[str, ...]) -> str:
    """The tool's column that says when a sheet was filled in, '' for none."""
    named = {plain(c): c for c in columns}
    return next((named[word] for word in _BEGAN if word in named), "")


def settle_unfinished(connection, staged: Staged, ledger: Ledger) -> None:
    """Asks whether sheets that were not finished count, and refuses their rows by the answer."""
    if not tool_columns(staged):
        return
    flag = next((c for c in staged.columns if plain(c) in _FLAGS), "")
    if not flag:
        return
    text = f"lower({cells.present(staged.columns[flag], MISSING)})"
    done = ", ".join(f"'{word}'" for word in _DONE)
    where = f"{text} IS NOT NULL AND {text} NOT IN ({done})"
    (count,) = one_row(connection, f"SELECT count(*) FROM {staged.table} WHERE {where}")
    if not count or count == staged.read:
        return
    evidence = f"{staged.name}: {count} of {staged.read} sheets are not finished, says '{flag}'"
    choices = {"keep": "they count as far as they go", "leave-out": "they are set aside"}
    answer = ledger.ask("unfinished", (staged.name, flag), evidence, choices, "keep", count)
    if answer == "leave-out":
        problem = Problem(
            flag, BY_ANSWER, "the sheet was not finished", "finish it, or answer 'keep'"
        )
        rows = f"FROM {staged.table} WHERE {where}"
        ledger.refuse(staged.index, rows, problem, staged.columns[flag])
