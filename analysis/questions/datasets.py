"""What stands in the store, and what one dataset holds: the pages' way to the store."""

import re
from dataclasses import dataclass, field

from analysis.measures.variables import Variable
from analysis.store.place import Store
from analysis.store.queries.overview import (
    Overview,
    dataset_overview,
    main_outcome,
    outcome_variables,
)
from analysis.store.queries.variables import VariableSummary, variable_summaries
from analysis.store.versions import catalogue, integrity
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import open_dataset
from analysis.store.versions.integrity import Integrity


@dataclass(frozen=True, slots=True)
class About:
    """A dataset's dictionary. outcomes: the variables that can be one. truth: what the program
    that made it knows, empty for measured data. alone: the levels with fewer than two units, which
    nothing can differ between."""

    variables: tuple[Variable, ...]
    outcomes: tuple[Variable, ...]
    main_outcome: str
    synthetic: bool
    truth: dict = field(default_factory=dict)
    alone: tuple[str, ...] = ()

    def label(self, name: str) -> str:
        """The label of the variable `name`, or the name where the dictionary has none."""
        return next((v.label for v in self.variables if v.name == name and v.label), name)

    def labelled(self, text: str) -> str:
        """A text that begins with a variable's name, with its label in place of it. Worked:
        'phq9, change up to session 5' is 'PHQ-9, change up to session 5'."""
        found = [v for v in self.variables if v.label and re.match(rf"{re.escape(v.name)}\b", text)]
        if not found:
            return text
        longest = max(found, key=lambda v: len(v.name))
        return longest.label + text.removeprefix(longest.name)

    def higher_is(self, name: str) -> str:
        """'better', 'worse', or '' where nobody says what a higher score of `name` means."""
        return next((v.higher_is for v in self.variables if v.name == name), "")

    def factor(self, term: str) -> str:
        """The factor of the variable that a model's term is about, '' for none."""
        found = [v for v in self.variables if v.factor and _names(term, v.name)]
        return max(found, key=lambda v: len(v.name)).factor if found else ""


def datasets(store: Store | None = None) -> tuple[DatasetInfo, ...]:
    """The current version of each dataset, by name. store: None for the process's own, as below."""
    return catalogue.datasets(store)


def delete(name: str, store: Store | None = None) -> None:
    """Deletes a dataset with all its versions; StoreError where there is none."""
    catalogue.delete(name, store)


def versions(name: str, store: Store | None = None) -> tuple[DatasetInfo, ...]:
    """Every version of one dataset, newest first, the damaged ones last."""
    return catalogue.versions(name, store)


def use(name: str, version: str, store: Store | None = None) -> None:
    """Makes a version the current one."""
    catalogue.use(name, version, store)


def delete_version(name: str, version: str, store: Store | None = None) -> None:
    """Deletes one version that is not the current one."""
    catalogue.delete_version(name, version, store)


def check(name: str, store: Store | None = None) -> tuple[Integrity, ...]:
    """What reading each version again, block by block, finds of it."""
    return integrity.check(name, store)


def about(name: str, version: str, store: Store | None = None) -> About:
    """The dictionary of one version."""
    with open_dataset(catalogue.find(name, version, store)) as dataset:
        return About(
            dataset.variables,
            outcome_variables(dataset.variables),
            main_outcome(dataset),
            dataset.info.synthetic,
            dataset.meta.get("truth") or {},
            tuple(u for u in ("therapist", "clinic") if dataset.info.counts.get(u, 0) < 2),
        )


def overview(name: str, version: str, outcome: str, store: Store | None = None) -> Overview:
    """Counts and completeness of one version."""
    return dataset_overview(catalogue.find(name, version, store), outcome)


def summaries(name: str, version: str, store: Store | None = None) -> tuple[VariableSummary, ...]:
    """Every variable of one version with what its column holds."""
    return variable_summaries(catalogue.find(name, version, store))


def _names(term: str, name: str) -> bool:
    """Whether `name` stands in `term` as a whole word."""
    at = term.find(name)
    while at >= 0:
        before, after = term[:at][-1:], term[at + len(name) :][:1]
        if not (before.isalnum() or after.isalnum()):
            return True
        at = term.find(name, at + 1)
    return False
