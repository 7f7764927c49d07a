"""A small dataset with PHQ-9 scores for page tests."""

from analysis.measures.variables import Variable
from analysis.store.versions import dataset
from tests.inserted import insert


def dataset_of(scores: dict, variable: Variable, ending=None) -> None:
    """One therapist's treatments. scores: patient -> first, second, … score."""
    rows = [(e, i, s) for e, values in scores.items() for i, s in enumerate(values)]
    names = list(scores)
    with dataset.new_version("tiny") as writer:
        writer.add_variables((variable,))
        writer.connection.execute("INSERT INTO clinic VALUES ('k')")
        writer.connection.execute("INSERT INTO therapist VALUES ('t', 'k')")
        insert(
            writer.connection,
            "episode (episode, patient, therapist, ending)",
            [(name, name, "t", ending) for name in names],
        )
        insert(
            writer.connection,
            f'session (episode, session, "{variable.name}")',
            [(e, i, None if s != s else s) for e, i, s in rows],
        )


PHQ9 = Variable("phq9", "PHQ-9", "session", factor="outcome", instrument="phq9")
