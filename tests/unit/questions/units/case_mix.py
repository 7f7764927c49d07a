"""Variables of the tests at equal case-mix."""

from analysis.measures.variables import Variable

PHQ9 = Variable("phq9", "PHQ-9", "session", factor="outcome", instrument="phq9")


AGE = Variable("age", "Age", "episode", factor="extra-therapeutic")
