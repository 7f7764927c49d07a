"""What may leave the clinic: true numbers in, protected figures out. Pure; every export passes.

`figures`: one number (a count, a mean). `shares`: a rate. `sums`: rates of several sets together.
`therapists`: whom a group tells of. `reader`: what is left open by all figures together.
docs/sharing.md says it to a director and to a data protection officer.
"""
