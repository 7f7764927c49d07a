"""The glossary's mini pictures: each word has one, each is whole, and each is used."""

import xml.etree.ElementTree as Xml

import pytest

from analysis.base.errors import RapportError
from analysis.presentation.charts.theme import DARK, LIGHT
from analysis.presentation.sketches.sketch import HEIGHT, SKETCHES, WIDTH, sketch
from analysis.presentation.words.glossary import glossary


def test_every_word_has_one_and_every_one_a_word():
    assert {term.picture for term in glossary()} == set(SKETCHES)


@pytest.mark.parametrize("name", SKETCHES)
def test_it_is_drawn_inside_its_frame_in_colours_of_the_look(name):
    light, dark = (Xml.fromstring(sketch(name, look)) for look in (LIGHT, DARK))
    points = [
        [float(n) for n in pair.split(",")]
        for line in light.iter("{http://www.w3.org/2000/svg}polyline")
        for pair in line.attrib["points"].split()
    ]
    points += [
        [float(dot.attrib["cx"]), float(dot.attrib["cy"])]
        for dot in light.iter("{http://www.w3.org/2000/svg}circle")
    ]
    assert points or len(light) > 3
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert len(light) == len(dark)


def test_another_name_is_refused():
    with pytest.raises(RapportError, match="no such mini picture"):
        sketch("unicorn", LIGHT)
