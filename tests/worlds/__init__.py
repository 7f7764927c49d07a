"""Made clinics of known truth, one file a world, written apart from the demo's generator.

Each `make(seed, …)` gives a World: a long table (one row a session: clinic, therapist, patient,
session, phq9, bond, goal, skill, support) and the shares that a right answer has, as far as they
are known. numpy alone; the same seed gives the same table.
"""
