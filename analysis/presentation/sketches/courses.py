"""Mini pictures of what goes on from session to session."""

from analysis.presentation.palette import BLUE, CRIMSON, GREEN, VERMILION
from analysis.presentation.sketches.pen import Pen

# Points of a course that gets better, from left to right (x to the right, y downwards).
COURSE = ((8, 9), (22, 14), (36, 15), (50, 23), (64, 26), (78, 33), (88, 35))


def course(pen: Pen) -> None:
    pen.line(COURSE, BLUE)
    pen.dots(COURSE, BLUE)


def first(pen: Pen) -> None:
    course(pen)
    pen.dots(COURSE[:1], VERMILION, 5)


def final(pen: Pen) -> None:
    course(pen)
    pen.dots(COURSE[-1:], VERMILION, 5)


def cut_off(pen: Pen) -> None:
    pen.line(((4, 24), (92, 24)), pen.muted, dashed=True)
    course(pen)


def change(pen: Pen) -> None:
    course(pen)
    pen.line(((88, 9), (88, 31)), VERMILION)
    pen.line(((84, 26), (88, 31), (92, 26)), VERMILION)


def expected(pen: Pen) -> None:
    pen.strokes.append(
        f'<polygon points="36,15 88,20 88,41 36,15" fill="{BLUE}" fill-opacity=".25"/>'
    )
    pen.line(COURSE[:3], BLUE)
    pen.dots(COURSE[:3], BLUE)
    pen.line(((36, 15), (88, 31)), BLUE, dashed=True)


def signal(pen: Pen) -> None:
    expected(pen)
    pen.line(((36, 15), (50, 11), (64, 8)), CRIMSON)
    pen.dots(((50, 11), (64, 8)), CRIMSON, 3.4)


def within(pen: Pen) -> None:
    pen.line(((6, 22), (90, 22)), pen.muted, dashed=True)
    moving = ((8, 18), (22, 30), (36, 12), (50, 26), (64, 15), (78, 33), (88, 20))
    pen.line(moving, BLUE)
    pen.dots(moving, BLUE)


def between(pen: Pen) -> None:
    for y, colour in ((9, GREEN), (22, BLUE), (35, VERMILION)):
        pen.line(((8, y), (88, y)), colour)
        pen.dots([(x, y + (-1) ** i * 2) for i, x in enumerate((18, 34, 50, 66, 82))], colour, 2)


def two_people(pen: Pen) -> None:
    one = ((8, 30), (28, 20), (48, 24), (68, 12), (88, 10))
    pen.line(one, GREEN)
    pen.line([(x, y + 8) for x, y in one], VERMILION)
    pen.dots(one, GREEN)
    pen.dots([(x, y + 8) for x, y in one], VERMILION)


def rupture(pen: Pen) -> None:
    course = ((8, 16), (22, 14), (36, 13), (50, 36), (64, 20), (78, 12), (88, 11))
    pen.line(course, GREEN)
    pen.dots(course, GREEN)
    pen.dots(((50, 36),), CRIMSON, 4.5)
