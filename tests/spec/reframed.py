"""refraMED's file and its mapping."""

from pathlib import Path

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "refraMED" / "reframed.csv"


MAPPING = """
main_outcome = "phq9"
[keys]
patient = "patient"
therapist = "therapist"
clinic = "site"
session = "month"
[variables.m]
column = "month"
factor = "process"
[variables.grp]
unit = "episode"
kind = "category"
factor = "technique"
[variables.hamd]
minimum = 0
[variables."hamd.b"]
unit = "episode"
minimum = 0
[variables.income]
unit = "episode"
kind = "category"
[variables.phq9]
instrument = "phq9"
factor = "outcome"
"""
