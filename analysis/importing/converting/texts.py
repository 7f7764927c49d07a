"""A typed value of a workbook or a statistics file as the text of a CSV cell."""

import datetime
import math


def text_of(value) -> str:
    """Worked: 5.0 -> '5', 2024-03-04 -> '2024-03-04', 13:00 of a day -> that day, None -> ''.

    A date-time keeps its day, whatever its hour.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime.datetime):
        if value != value:  # pandas' missing date-time
            return ""
        whole = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    # Beyond 2^53 whole floats no longer tell neighbours apart: left as they are written.
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value)
