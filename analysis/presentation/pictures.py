"""Charts as pictures without a browser, and the script that draws them in one.

The only home of vl_convert. It draws no letter of a font family that it cannot find, without a
word; it brings Liberation Sans, its own 'sans-serif', which every picture here is drawn with.
"""

import json
from functools import cache, lru_cache
from xml.etree import ElementTree

import vl_convert

from analysis.presentation.picture_fonts import without_own_copies

WIDTH = 640  # pixels of a chart as wide as the text of a page
PAPER_WIDTH, PAPER_HEIGHT = 166, 215  # millimetres: the text of an A4 page, less a caption
FONT = "sans-serif"
_SVG = "{http://www.w3.org/2000/svg}"
ElementTree.register_namespace("", _SVG.strip("{}"))


def page_spec(spec: dict) -> dict:
    """The spec as a report draws it: without aria labels, which would carry each row's values
    unrounded (the reader gets the chart's own text alternative), and as wide as there is room."""
    fit = {"autosize": {"type": "fit-x", "contains": "padding"}} if _fluid(spec) else {}
    return quiet(spec) | fit


def quiet(spec: dict) -> dict:
    """The spec without aria labels of its marks: the chart's own alternative speaks for them, and
    a layer without a mark would be a picture without a name."""
    config = spec.get("config", {})
    mark = config.get("mark", {}) | {"aria": False}
    return spec | {"config": config | {"aria": False, "mark": mark}}


def svg(spec: dict, font: str = FONT, prefix: str = "") -> str:
    """A Vega-Lite spec (chart.to_dict()) as SVG, its text as text; 'container' is WIDTH wide.

    font: family of every text. prefix: put before each id, for several pictures in one page.
    Drawn once for each spec; what comes after is changed in the finished picture.
    """
    return _dressed(_key(spec), font, prefix)


def png(spec: dict, scale: float = 2.0) -> bytes:
    """The same picture as PNG; scale 2 prints sharp at column width."""
    return _raster(svg(spec), scale)


def paper_width(spec: dict) -> float:
    """Millimetres that the picture takes on A4: PAPER_WIDTH for WIDTH pixels, less where it would
    otherwise be wider than the text or higher than the page."""
    root = ElementTree.fromstring(_drawn(_key(spec)))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    return width * min(PAPER_WIDTH / max(WIDTH, width), PAPER_HEIGHT / height)


@lru_cache(maxsize=4)
def script(snippet: str) -> str:
    """Vega, Vega-Lite and Vega-Embed with `snippet` as one script that fetches nothing."""
    return vl_convert.javascript_bundle(snippet)


def _key(spec: dict) -> str:
    if _fluid(spec):
        spec = spec | {"width": WIDTH, "autosize": {"type": "fit-x", "contains": "padding"}}
    return json.dumps(spec, sort_keys=True)


def _fluid(spec: dict) -> bool:
    return spec.get("width") == "container"


@cache
def _begin() -> None:
    """Has vl_convert list its fonts, which it does at its first picture."""
    nothing = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
    without_own_copies(lambda: vl_convert.svg_to_png(nothing))


@lru_cache(maxsize=64)
def _drawn(spec: str) -> str:
    _begin()
    return vl_convert.vegalite_to_svg(vl_spec=spec, allowed_base_urls=[])


@lru_cache(maxsize=128)
def _dressed(spec: str, font: str, prefix: str) -> str:
    tree = ElementTree.fromstring(_drawn(spec))
    for element in tree.iter():
        if element.tag == f"{_SVG}text":
            element.set("font-family", font)
        if prefix:
            _rename(element, prefix)
    return ElementTree.tostring(tree, encoding="unicode")


@lru_cache(maxsize=64)
def _raster(picture: str, scale: float) -> bytes:
    _begin()
    return vl_convert.svg_to_png(picture, scale=scale)


def _rename(element: ElementTree.Element, prefix: str) -> None:
    if "id" in element.attrib:
        element.set("id", prefix + element.attrib["id"])
    for name, value in element.attrib.items():
        if value.startswith("url(#"):
            element.set(name, f"url(#{prefix}{value[5:]}")
