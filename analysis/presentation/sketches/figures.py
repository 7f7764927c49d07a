"""Mini pictures of figures, groups and tables."""

from analysis.presentation.palette import BLUE, GREEN, OCHRE, TEAL, VERMILION
from analysis.presentation.sketches.pen import Pen


def interval(pen: Pen) -> None:
    pen.line(((48, 4), (48, 40)), pen.grid, dashed=True)
    pen.line(((30, 22), (82, 22)))
    pen.dots(((56, 22),), BLUE, 4.5)


def share(pen: Pen) -> None:
    at = 6
    for wide, colour in ((16, BLUE), (10, GREEN), (8, OCHRE), (50, pen.grid)):
        pen.box(at, 14, wide - 1, 16, colour)
        at += wide


def alone_and_last(pen: Pen, colours) -> None:
    for x, colour in ((38, colours[0]), (58, colours[1])):
        pen.strokes.append(
            f'<circle cx="{x}" cy="22" r="17" fill="{colour}" fill-opacity=".45" '
            f'stroke="{pen.muted}"/>'
        )


def slope(pen: Pen) -> None:
    pen.dots(((12, 34), (22, 27), (32, 33), (44, 21), (54, 25), (66, 14), (76, 19), (86, 9)))
    pen.line(((8, 36), (90, 9)), BLUE)


def slopes(pen: Pen) -> None:
    for start, end, colour in (
        (34, 20, GREEN),
        (28, 12, BLUE),
        (40, 30, VERMILION),
        (16, 5, OCHRE),
    ):
        pen.line(((8, start), (88, end)), colour)


def context(pen: Pen) -> None:
    for x, y, colour in ((8, 38, GREEN), (36, 26, BLUE), (64, 13, VERMILION)):
        pen.line(((x, y + 2), (x + 24, y - 2)), colour)
    pen.line(((18, 39), (80, 11)), pen.ink, dashed=True)


def bell(pen: Pen, marked: tuple[int, ...] = ()) -> None:
    heights = (38, 37, 34, 28, 19, 10, 6, 10, 19, 28, 34, 37, 38)
    points = [(8 + 6.6 * i, y) for i, y in enumerate(heights)]
    for i in marked:
        pen.box(points[i][0] - 3.3, heights[i], 6.6, 40 - heights[i], VERMILION)
    pen.line(((6, 40), (90, 40)), pen.grid)
    pen.line(points, BLUE)


def spread(pen: Pen) -> None:
    bell(pen)
    pen.line(((30, 30), (66, 30)), VERMILION)
    pen.line(((48, 8), (48, 40)), pen.muted, dashed=True)


def tails(pen: Pen) -> None:
    bell(pen, (0, 1, 11, 12))


def effect(pen: Pen) -> None:
    for shift, colour in ((0, pen.muted), (22, BLUE)):
        heights = (38, 35, 25, 12, 8, 12, 25, 35, 38)
        pen.line([(8 + shift + 7 * i, y) for i, y in enumerate(heights)], colour)
    pen.arrow((36, 4), (57, 4), VERMILION)


def lag(pen: Pen) -> None:
    for x in (14, 48, 82):
        pen.dots(((x, 10),), GREEN, 4)
        pen.dots(((x, 36),), BLUE, 4)
    for x in (18, 52):
        pen.arrow((x, 13), (x + 26, 33))


def by_way(pen: Pen) -> None:
    pen.dots(((12, 35), (48, 9), (84, 35)), BLUE, 5)
    pen.arrow((17, 31), (42, 12))
    pen.arrow((54, 12), (79, 31))
    pen.line(((20, 37), (76, 37)), pen.muted, dashed=True)


def bars(pen: Pen) -> None:
    pen.line(((6, 40), (90, 40)), pen.grid)
    for x, y, colour in ((20, 24, pen.muted), (54, 9, BLUE)):
        pen.box(x, y, 22, 40 - y, colour)


def funnel(pen: Pen) -> None:
    pen.line(((6, 22), (90, 22)), pen.muted, dashed=True)
    for way in (-1, 1):
        pen.line([(x, 22 + way * 16 / (x / 14) ** 0.7) for x in range(14, 91, 6)], pen.muted, 1.4)
    pen.dots(((20, 14), (30, 27), (44, 20), (58, 24), (74, 21)), BLUE, 3)
    pen.dots(((66, 8),), VERMILION, 3.4)


def pulled(pen: Pen) -> None:
    pen.line(((48, 4), (48, 40)), pen.muted, dashed=True)
    for start, end, y in ((12, 34, 10), (88, 62, 22), (22, 40, 34)):
        pen.line(((start, y), (end, y)), pen.muted, 1.4)
        pen.dots(((start, y),), pen.muted, 2.4)
        pen.dots(((end, y),), BLUE, 3.6)


def hidden(pen: Pen) -> None:
    for row, y in enumerate((6, 18, 30)):
        for column, x in enumerate((10, 38, 66)):
            pen.frame(x, y, 22, 9)
            if (row, column) == (1, 1):
                pen.box(x, y, 22, 9, VERMILION)


def rows(pen: Pen) -> None:
    pen.box(10, 6, 76, 7, pen.muted)
    for y in (18, 28, 38):
        for x, wide in ((10, 16), (34, 30), (72, 14)):
            pen.line(((x, y), (x + wide, y)), pen.ink, 2.4)


def tree(pen: Pen) -> None:
    for start, ends in (((48, 7), (24, 72)), ((24, 21), (12, 36)), ((72, 21), (60, 84))):
        for x in ends:
            pen.line((start, (x, start[1] + 14)), pen.muted, 1.4)
    pen.dots(((48, 7),), VERMILION, 4)
    pen.dots(((24, 21), (72, 21)), BLUE, 4)
    pen.dots([(x, 36) for x in (12, 36, 60, 84)], GREEN, 4)


def drawn(pen: Pen) -> None:
    for x, filled in ((6, (0, 3)), (38, (1, 1)), (70, (2, 0))):
        pen.frame(x, 8, 22, 28)
        for i, (dx, dy) in enumerate(((6, 8), (16, 8), (6, 20), (16, 20))):
            pen.dots(((x + dx, 8 + dy),), BLUE if i in filled else pen.muted, 3)


def zero(pen: Pen) -> None:
    pen.line(((10, 4), (10, 40)), pen.muted)
    pen.line(((10, 38), (20, 12), (34, 9), (52, 22), (70, 33), (90, 38)), BLUE)
    pen.dots(((10, 38),), VERMILION, 4)


def people(pen: Pen) -> None:
    for x, colour in ((32, GREEN), (64, BLUE)):
        pen.dots(((x, 13),), colour, 6)
        pen.strokes.append(f'<path d="M{x - 11},38 a11,14 0 0 1 22,0 z" fill="{colour}"/>')
    pen.line(((40, 30), (56, 30)), pen.ink)


def versions(pen: Pen) -> None:
    for shift in (0, 9, 18):
        pen.box(24 + shift, 6 + shift / 2, 30, 26, TEAL if shift == 18 else pen.grid)
        pen.frame(24 + shift, 6 + shift / 2, 30, 26)


def diagonal(pen: Pen) -> None:
    pen.line(((10, 40), (88, 4)), pen.muted, dashed=True)
    pen.dots(((20, 34), (36, 29), (52, 19), (68, 14), (82, 6)), BLUE, 3.4)


def ranking(pen: Pen) -> None:
    pen.line(((12, 40), (88, 4)), pen.muted, dashed=True)
    pen.line(((12, 40), (20, 22), (36, 12), (60, 6), (88, 4)), BLUE)
