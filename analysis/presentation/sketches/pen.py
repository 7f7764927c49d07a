"""Strokes of a mini picture, in the colours of a look."""

from analysis.presentation.charts.theme import Look


class Pen:
    """Strokes in the colours of a look, collected."""

    def __init__(self, look: Look) -> None:
        self.ink, self.muted, self.grid = look.muted, look.outline, look.grid
        self.strokes: list[str] = []

    def line(self, points, colour: str = "", wide: float = 2, dashed: bool = False) -> None:
        listed = " ".join(f"{x},{y}" for x, y in points)
        dash = ' stroke-dasharray="3 3"' if dashed else ""
        self.strokes.append(
            f'<polyline points="{listed}" fill="none" stroke="{colour or self.ink}" '
            f'stroke-width="{wide}" stroke-linecap="round" stroke-linejoin="round"{dash}/>'
        )

    def dots(self, points, colour: str = "", size: float = 2.6) -> None:
        self.strokes += [
            f'<circle cx="{x}" cy="{y}" r="{size}" fill="{colour or self.ink}"/>' for x, y in points
        ]

    def box(self, x, y, wide, high, colour: str) -> None:
        self.strokes.append(
            f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="1.5" fill="{colour}"/>'
        )

    def frame(self, x, y, wide, high) -> None:
        self.strokes.append(
            f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="3" fill="none" '
            f'stroke="{self.muted}" stroke-width="1.2"/>'
        )

    def arrow(self, start, end, colour: str = "") -> None:
        (_, _), (x, y) = start, end
        steep = (end[1] > start[1]) - (end[1] < start[1])
        self.line((start, end), colour)
        self.line(((x - 5, y - 4 - 3 * steep), end, (x - 5, y + 4 - 3 * steep)), colour)
