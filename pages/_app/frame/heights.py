"""How high a chart or a table will be, before a browser has drawn it: its room is kept free.

The heights are classes of the page's own style (`rules`), in steps: a style that came along with a
chart would be drawn as late as the chart.
"""

AXIS = 44  # labels and title of an axis with the padding around a chart, in pixels
STEP = 20  # of one category where a spec says none
PLAIN = 200  # Vega-Lite's own height where a spec says none
SPACING = 20
GRAIN, HIGHEST = 20, 1600  # pixels: steps of the heights that can be kept, and the last
LINE, LONG_LINE = 22, 180  # pixels and characters of a line on a wide screen
ROW, HEAD = 27, 30  # of a table, where no text breaks into lines


def rules() -> str:
    """The style that keeps the room: one class for each height."""
    heights = range(GRAIN, HIGHEST + 1, GRAIN)
    return "".join(f'[class*="st-key-room-{h}-"] {{ min-height: {h}px; }}\n' for h in heights)


def key(pixels: float, name: str) -> str:
    """The key of a container for `pixels`. name: a slug."""
    kept = min(max(round(pixels / GRAIN), 1) * GRAIN, HIGHEST)
    return f"room-{kept}-{name}"


def of_table(rows: int) -> int:
    """Pixels that a table of so many rows has at least."""
    return HEAD + ROW * rows


def of_text(text: str) -> int:
    """Pixels that a long text in Markdown has at least, before its formulas are set."""
    return int(LINE * len(text) / LONG_LINE)


def reserved(spec: dict) -> int:
    """Pixels for a Vega-Lite spec as altair writes it.

    A height in pixels is the whole picture's, as Streamlit fits it; one by steps is that of the
    categories alone, to which the axis comes.
    """
    if "vconcat" in spec:
        stored = {"datasets": spec.get("datasets", {})}
        parts = [reserved(part | stored) for part in spec["vconcat"]]
        return sum(parts) + SPACING * (len(parts) - 1)
    height = spec.get("height", PLAIN)
    if not isinstance(height, dict):
        return int(height)
    step = height.get("step", STEP) * _different(spec, "y")
    if height.get("for") == "offset":
        step *= _different(spec, "yOffset") / (1 - _padding(spec))
    return int(step + AXIS)


def _padding(spec: dict) -> float:
    """The share of a category's height that lies between it and the next."""
    scales = (part.get("y", {}).get("scale") or {} for part in _encodings(spec))
    return max((scale.get("paddingInner", 0.0) for scale in scales), default=0.0)


def _different(spec: dict, channel: str) -> int:
    """How many categories a channel tells apart, 1 where it has none."""
    fields = {part[channel].get("field") for part in _encodings(spec) if channel in part} - {None}
    rows = [row for values in _data(spec) for row in values]
    return max((len({str(r[f]) for r in rows if f in r}) for f in fields), default=0) or 1


def _encodings(spec: dict) -> list[dict]:
    return [part.get("encoding", {}) for part in (spec, *spec.get("layer", ()))]


def _data(spec: dict):
    stored = spec.get("datasets", {})
    for part in (spec, *spec.get("layer", ())):
        data = part.get("data") or {}
        yield data.get("values") or stored.get(data.get("name"), [])
