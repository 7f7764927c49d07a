"""From a clinic's files to a dataset version: read, judged, landed.

Empty, for a fit reads its file in here and loads no more than that; the ways in are `doors.py`.
"""
