"""Next month's files by the mapping of the dataset they go to: other names, new columns."""

from dataclasses import dataclass, replace
from pathlib import Path

from analysis.importing.converting.kept import conversions_kept
from analysis.importing.converting.sheets import IN
from analysis.importing.findings.finding import Answers, Choice, Finding
from analysis.importing.guessing.guess import guess_mapping
from analysis.importing.guessing.other_names import same_variable
from analysis.importing.meaning.mapping import MappedVariable, Mapping
from analysis.importing.reading.file_mapping import FileMapping


@dataclass(frozen=True, slots=True)
class Proposal:
    """What files may be imported by: a guess, and the mapping of each dataset that they fit, by the
    dataset's name. likely: the only one whose columns they all have, and no others; '' for none."""

    guess: Mapping
    known: tuple[tuple[str, Mapping], ...] = ()
    likely: str = ""


def propose(paths, answers: Answers, known: tuple[tuple[str, str], ...]) -> Proposal:
    """A guess, and of the mappings `known` (name, TOML) those that the files fit, as they are then
    read: with what the guess says of the files."""
    with conversions_kept():
        return _proposed(paths, answers, known)


def _proposed(paths, answers: Answers, known: tuple[tuple[str, str], ...]) -> Proposal:
    guess = guess_mapping(paths, answers)
    fitting = []
    for name, text in known:
        mapping = Mapping.from_text(text)
        if has_its_keys(mapping, guess):
            given = Answers(tuple((dict(mapping.answers) | dict(answers.given)).items()), "ask")
            met = with_other_names(mapping, paths, given)
            reasons = (*guess.reasons, *_as_before(met, name))
            fitting.append((name, replace(met, looks=guess.looks, reasons=reasons)))
    same = [name for name, met in fitting if _says_the_same(met)]
    return Proposal(guess, tuple(fitting), same[0] if len(same) == 1 else "")


def _has_shape(known: Mapping) -> bool:
    return "shape" in dict(known.answers) or any(q.code == "shape" for q in known.questions)


def _says_the_same(met: Mapping) -> bool:
    """Whether the files have each key and variable of the mapping, and nothing new was found."""
    columns, renamed = set(met.columns), {n for f in met.files for n, _ in (*f.keys, *f.columns)}
    keys = all(c in columns or key in renamed for key, c in met.keys)
    return (
        keys
        and not met.questions
        and all(v.name in renamed or set(v.columns) <= columns for v in met.variables)
    )


def has_its_keys(known: Mapping, guessed: Mapping) -> bool:
    """Whether the files say whose each row is and which session, and have a column at least that
    the mapping reads as a variable, perhaps by another name."""
    theirs = dict(guessed.keys)
    needed = {k for k, _ in known.keys if k in ("patient", "episode", "session", "date", "weeks")}
    if not needed or not needed <= set(theirs) | {k for k, c in known.keys if c in guessed.columns}:
        return False
    columns = set(guessed.columns)
    if any(set(v.columns) <= columns for v in known.variables):
        return True
    ours = list(known.variables)
    return any(same_variable(v, ours, guessed.columns, any_unit=True) for v in guessed.variables)


def with_other_names(known: Mapping, paths, answers: Answers) -> Mapping:
    """The mapping with an entry for each added file that calls columns otherwise than it does, and
    with what is new in them.

    A variable that the mapping doesn't know is asked about (`new-column`): taken in, or left out
    from now on. `columns` are those of the added files; `questions` what is open of both.
    """
    # The first entry is the pattern of files that have none of their own.
    entries = {f.name: f for f in known.files or (FileMapping(role=""),)}
    columns: dict[str, None] = {}
    for path in map(Path, paths):
        given = known.answers + answers.given
        guessed = guess_mapping([path], replace(answers, given=given))
        columns |= dict.fromkeys(guessed.columns)
        # Whose rows are to be turned: not known to a mapping of files in session rows.
        turned = [q for q in guessed.questions if q.code == "shape" and not _has_shape(known)]
        known = replace(known, questions=(*known.questions, *turned))
        there, others = guessed.columns, {}
        ours = {c for v in known.variables for c in v.columns} | set(known.left_out)
        ours |= {c for _, c in known.keys}
        for variable in guessed.variables:
            if set(variable.columns) & ours:
                continue
            same = same_variable(variable, list(known.variables), there, any_unit=True)
            if same:
                others[same.name] = variable.source
            else:
                known = _with_new(known, variable, path.name, answers)
        keys = {k: c for k, c in guessed.keys if known.key(k) and known.key(k) not in there}
        if others or keys:
            entry = FileMapping(path.name, role="", keys=tuple(keys.items()))
            entries[path.name] = replace(entry, columns=tuple(others.items()))
    return replace(known, files=tuple(entries.values()), columns=tuple(columns))


def as_all_of_it(met: Mapping, names: set[str]) -> Mapping:
    """What `with_other_names` gave, for files (`names`) that are all of the dataset from now on: as
    they call their columns, and without what they lack."""
    there = set(met.columns)
    files = tuple(f for f in met.files if {f.name, f.name.partition(IN)[0]} & names)
    own = {key: column for f in files for key, column in (*f.keys, *f.columns)}
    keys = [(key, c if c in there else own.get(key, "")) for key, c in met.keys]
    stay = []
    for variable in met.variables:
        if not set(variable.columns) <= there:
            variable = replace(variable, column=own.get(variable.name, ""), items=())
        if set(variable.columns) <= there:
            stay.append(variable)
    main = met.main_outcome if met.main_outcome in {v.name for v in stay} else ""
    keys = tuple(pair for pair in keys if pair[1])
    return replace(met, keys=keys, variables=tuple(stay), main_outcome=main, files=files)


def with_what_is_there(known: Mapping, guessed: Mapping) -> Mapping:
    """The mapping without variables whose columns the files no longer have: what is gone is said
    with the changes from the version before."""
    there = set(guessed.columns)
    stay = tuple(v for v in known.variables if set(v.items or (v.source,)) <= there)
    main = known.main_outcome if known.main_outcome in {v.name for v in stay} else ""
    return replace(known, variables=stay, main_outcome=main)


def fits(known: Mapping, guessed: Mapping) -> bool:
    """Whether the files have the keys of the mapping and no variable that it does not know."""
    theirs = {c for v in guessed.variables for c in v.columns} | {c for _, c in guessed.keys}
    ours = {c for v in known.variables for c in v.columns} | {c for _, c in known.keys}
    ours |= set(known.left_out)
    return ours >= theirs and {c for _, c in guessed.keys} == {c for _, c in known.keys}


def _as_before(met: Mapping, name: str) -> list[tuple[str, str]]:
    """Why each key and variable is read as it is: as in the dataset, under which name here."""
    pairs = [("key", key, column) for key, column in met.keys]
    pairs += [("variable", v.name, v.source) for v in met.variables]
    asked = {q.column for q in met.questions}
    reasons = []
    for kind, what, column in pairs:
        if kind == "variable" and column in asked:
            continue  # new: the guess says why
        own = (dict(f.keys if kind == "key" else f.columns).get(what) for f in met.files)
        here = next((c for c in own if c and c in met.columns), "")
        here = here if column not in met.columns else ""
        reasons.append((f"{kind} {what}", f"as in '{name}'" + (f"; here '{here}'" if here else "")))
    return reasons


def _with_new(known: Mapping, variable: MappedVariable, file: str, answers: Answers) -> Mapping:
    """The mapping with a variable that it did not know, unless the answer leaves it out."""
    if variable.name in {v.name for v in known.variables}:
        return known
    choices = (
        Choice("add", "it becomes a variable, missing in what stands"),
        Choice("leave-out", "it is left out, now and in files to come"),
    )
    evidence = f"{file}: the dataset does not know the column '{variable.source}'"
    where = (file, variable.source, 0)
    question = Finding(
        f"new-column:{variable.source}", "ask", *where, evidence, choices, recommended="add"
    )
    settled = answers.settled(question)
    known = replace(known, questions=(*known.questions, settled))
    if settled.answer == "leave-out":
        return replace(known, left_out=(*known.left_out, *variable.columns))
    return replace(known, variables=(*known.variables, variable))
