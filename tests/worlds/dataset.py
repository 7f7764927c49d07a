"""A world as a dataset of the store, or as a file that can be imported."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.measures.variables import Variable
from analysis.store.versions import dataset
from tests.worlds.world import World

VARIABLES = (
    Variable("phq9", "PHQ-9", "session", factor="outcome", rater="patient"),
    Variable("bond", "Bond", "session", factor="alliance", rater="patient"),
    Variable("goal", "Goal", "session", factor="alliance", rater="patient"),
    Variable("skill", "Skill", "therapist", factor="technique"),
    Variable("support", "Support", "episode", factor="extra-therapeutic"),
)


def as_dataset(name: str, world: World) -> None:
    """Writes a version of the dataset `name`."""
    table = pd.DataFrame(world.table)
    units = {
        "clinic": table[["clinic"]],
        "therapist": table[["therapist", "clinic", "skill"]],
        "episode": table[["patient", "therapist", "support"]].assign(episode=table["patient"]),
        "session": table[["session", "phq9", "bond", "goal"]].assign(episode=table["patient"]),
    }
    with dataset.new_version(name) as writer:
        writer.add_variables(VARIABLES)
        for unit, rows in units.items():
            rows = rows if unit == "session" else rows.drop_duplicates()
            names = ", ".join(f'"{c}"' for c in rows.columns)
            writer.connection.register("given", rows)
            writer.connection.execute(f"INSERT INTO {unit} ({names}) SELECT {names} FROM given")
            writer.connection.unregister("given")
        writer.set_meta("main_outcome", "phq9")


def as_csv(path: Path, world: World) -> None:
    """Writes the long table, numbers to six decimals."""
    table = pd.DataFrame(world.table)
    numbers = table.select_dtypes(np.number).columns
    table.assign(**table[numbers].round(6)).to_csv(path, index=False)
