"""Datasets written by hand or from R's tables, for the tests of frames and of the partition."""

from pathlib import Path

import pandas as pd

from analysis.measures.variables import Variable
from analysis.store.versions import dataset

DATA = Path(__file__).parents[2] / "reference" / "data"
KEYS = {
    "clinic": ["clinic"],
    "therapist": ["therapist", "clinic"],
    "episode": ["episode", "patient", "therapist"],
    "session": ["episode", "session"],
}
# The variables of R's tables; their order is that of R's blocks.
VARIABLES = (
    Variable("phq9", "PHQ-9", "session", factor="outcome"),
    Variable("bond", "Bond", "session", factor="alliance", rater="patient"),
    Variable("homework", "Homework", "session", factor="technique"),
    Variable("competence", "Competence", "therapist", factor="technique"),
    Variable("expectation", "Expectation", "episode", factor="expectancy"),
    Variable("support", "Support", "episode", factor="extra-therapeutic"),
    Variable("employed", "In work", "episode", kind="category", factor="extra-therapeutic"),
)
Tables = dict[str, pd.DataFrame]


def r_tables() -> Tables:
    """clinic, therapist, episode and session of tests/reference/partition.R."""
    read = {
        name: pd.read_csv(DATA / f"partition_{name}.csv")
        for name in ("therapist", "episode", "session")
    }
    clinic = pd.DataFrame({"clinic": sorted(read["therapist"]["clinic"].unique())})
    return {
        "clinic": clinic,
        **read,
        "episode": read["episode"].assign(patient=read["episode"]["episode"]),
    }


def write(name: str, tables: Tables, variables=VARIABLES, **meta):
    """A version of the dataset `name`; a table holds its keys and its variables."""
    with dataset.new_version(name) as writer:
        writer.add_variables(variables)
        for unit, keys in KEYS.items():
            columns = [*keys, *(v.name for v in variables if v.unit == unit)]
            names = ", ".join(f'"{c}"' for c in columns)
            writer.connection.register("given", tables[unit][columns])
            writer.connection.execute(f"INSERT INTO {unit} ({names}) SELECT {names} FROM given")
            writer.connection.unregister("given")
        for key, value in meta.items():
            writer.set_meta(key, value)
    return writer.info
