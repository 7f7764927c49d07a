"""A logo, judged by its content and drawn again: a report carries pixels and nothing else.

The only home of Pillow. What a picture's file may hold beside them (where it was taken, a script,
an address, a second file behind the first) does not come along.
"""

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageOps

from analysis.base.errors import RequestError

MOST_BYTES = 5_000_000
MOST_PIXELS = 25_000_000  # a small file can unpack to gigabytes
WIDTH, HEIGHT = 600, 240  # of the picture drawn again: 300 a printed inch
PAPER_WIDTH, PAPER_HEIGHT = 46.0, 18.0  # mm
KINDS = ("PNG", "JPEG")
INSIDE = "data:image/png;base64,"  # begins a logo that a plan carries itself


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture on white. png: its file; width, height: in pixels, at most WIDTH and HEIGHT."""

    png: bytes = field(repr=False)
    width: int
    height: int

    @property
    def paper_width(self) -> float:
        """Millimetres across on paper. Worked: 600 x 100 -> 46; 100 x 200 -> 9."""
        return round(min(PAPER_WIDTH, PAPER_HEIGHT * self.width / self.height), 2)


def read_logo(path: Path | str) -> Logo:
    """The Logo of a file, or of what `carried` made; RequestError where there is none, or as
    `logo_of`."""
    if str(path).startswith(INSIDE):
        return _carried(str(path))
    path = Path(path).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RequestError(
            f"The logo cannot be read: {error.strerror or 'the disk does not answer'}",
            where=f"'{path.name}'",
            next_step="name a PNG or JPEG file",
        ) from None
    return logo_of(content, path.name)


def carried(logo: Logo | None) -> str:
    """The logo as a text that a plan can hold, '' for none: page and scheduler need no file."""
    return INSIDE + base64.b64encode(logo.png).decode("ascii") if logo else ""


def _carried(text: str) -> Logo:
    try:
        content = base64.b64decode(text.removeprefix(INSIDE), validate=True)
    except ValueError:
        raise _refused("The logo in the plan is damaged", "logo") from None
    return logo_of(content, "logo")


def logo_of(content: bytes, name: str = "") -> Logo:
    """The Logo of a PNG or JPEG file's bytes, whatever the file is called.

    RequestError for what is no such picture, over MOST_BYTES, or over MOST_PIXELS unpacked.
    """
    if len(content) > MOST_BYTES:
        raise _refused("The logo's file is too large", name)
    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _refused("The logo has too many points", name)
            drawn = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise _refused("The logo is no picture that a report can show", name) from None
    drawn.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", drawn.size, "white")
    paper.paste(drawn, mask=drawn.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "PNG", optimize=True)
    return Logo(out.getvalue(), *paper.size)


def _refused(what: str, name: str) -> RequestError:
    return RequestError(
        what,
        where=f"'{name}'" if name else "the logo",
        allowed=f"PNG or JPEG, up to {MOST_BYTES // 1_000_000} MB and "
        f"{MOST_PIXELS // 1_000_000} million points",
        next_step="save it as PNG, smaller",
    )
