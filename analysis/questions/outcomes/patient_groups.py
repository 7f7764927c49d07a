"""Which variables say who the patients are: groups whose outcomes a service should look at."""

import re

from analysis.measures.conventions import MOST_CATEGORIES
from analysis.measures.variables import Variable
from analysis.store.queries.treatments.treatments import PatientGroup
from analysis.store.versions.naming import quoted

# What law and commissioners ask about: the protected characteristics of the Equality Act 2010 that
# a record can hold, and deprivation. A few words of other languages beside the English ones.
CHARACTERISTICS = (
    "gender sex ethnic ethnicity race deprivation imd disability language religion orientation "
    "nationality migration education geschlecht sexo genero género sexe genre kön geslacht"
).split()
AGE = ("age", "alter", "edad", "âge", "ålder", "leeftijd", "vârsta", "varsta")
# The bands of NHS England's reports on Talking Therapies.
AGE_BANDS = ((0.0, "under 18"), (18.0, "18 to 25"), (26.0, "26 to 64"), (65.0, "65 and over"))
MOST_GROUPINGS = 4


def patient_groups(variables, cursor) -> tuple[PatientGroup, ...]:
    """At most MOST_GROUPINGS of the episode's variables, first age and the named characteristics,
    then other categories that patients bring with them; each of 2 to MOST_CATEGORIES values.

    cursor: of the dataset, open.
    """
    own = [v for v in variables if v.unit == "episode"]
    ages = [v for v in own if v.kind == "number" and _says(v, AGE)][:1]
    categories = [v for v in own if v.kind == "category" and v.factor in ("", "extra-therapeutic")]
    named = [v for v in categories if _says(v, CHARACTERISTICS)]
    others = [v for v in categories if v.factor and v not in named]
    found = [PatientGroup(v.name, AGE_BANDS) for v in ages]
    for variable in (*named, *others):
        if len(found) < MOST_GROUPINGS and _is_grouping(variable, cursor):
            found.append(PatientGroup(variable.name))
    return tuple(found)


def _says(variable: Variable, words) -> bool:
    said = re.findall(
        r"[^\W\d_]+", f"{variable.name} {variable.label} {variable.component}".lower()
    )
    return bool({*words} & {*said})


def _is_grouping(variable: Variable, cursor) -> bool:
    sql = f"SELECT count(DISTINCT {quoted(variable.name)}) FROM episode"
    return 2 <= cursor.execute(sql).fetchone()[0] <= MOST_CATEGORIES
