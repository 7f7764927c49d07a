"""What may leave the clinic: true numbers in, protected figures out. Pure; every export passes.

`figures`: one number (a count, a rate, a mean). `table`: a table of counts with its totals.
`hiding`: which further cells must be hidden. `attacker`: what a reader can work out from what
is printed. docs/sharing.md says it to a director and to a data protection officer.
"""
