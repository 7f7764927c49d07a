"""A report as one HTML file: opens offline, reads without scripts, prints, and calls nobody.

Each chart is in the page twice: as a picture, and as its spec, from which Vega draws the live chart
in the picture's place where scripts run. The page's own policy (CSP) allows this one script and
this one style by their hashes and nothing else: no request, no other script, no eval.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from html import escape
from pathlib import Path

from analysis.presentation import pictures
from analysis.presentation.tables.table import Cell, Table
from analysis.sharing.cover.cover import Cover
from analysis.sharing.writing.document import Block, Chart, Document, KeyFigures, Paragraph, Section
from analysis.sharing.writing.fitting import kept_together

Own = Callable[[str], str]  # a text of the writer's own in the document's language
FOLDER = Path(__file__).resolve().parents[3] / "data" / "report"


def html(document: Document) -> bytes:
    """`document` (checked) as a page in UTF-8."""
    style, script = _style(), _script()
    images = "img-src data:; " if document.cover.logo else ""
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; {images}"
        "base-uri 'none'; form-action 'none'"
    )
    kinds = [*(["synthetic"] if document.synthetic else []), document.profile]
    parts = [
        f'<!doctype html>\n<html lang="{escape(document.language)}">\n<head>\n'
        f'<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(document.title)}</title>\n<style>{style}</style>\n</head>\n"
        f'<body class="{" ".join(kinds)}">\n<a class="skip" href="#report">'
        f"{escape(document.own('Skip to the report'))}</a>",
        _head(document),
        _contents(document),
        '<main id="report" tabindex="-1">',
        *(
            _section(section, number, document.own)
            for number, section in enumerate(document.sections, 1)
        ),
        "</main>",
        _foot(document),
        f"<script>{script}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts).encode("utf-8")


def _head(document: Document) -> str:
    subtitle = f'<p class="subtitle">{escape(document.subtitle)}</p>' if document.subtitle else ""
    marks = "".join(f'<p class="mark">{escape(mark)}</p>' for mark in document.marks)
    notes = "".join(f"<p>{escape(note)}</p>" for note in document.notes)
    notes = f'<div class="notes">{notes}</div>' if notes else ""
    return (
        f"<header>\n{_sender(document)}<h1>{escape(document.title)}</h1>{subtitle}\n"
        f'<p class="date"><time datetime="{document.date.isoformat()}">{document.date_text}</time>'
        f"</p>{_lines(document.cover)}{marks}{notes}\n</header>"
    )


def _sender(document: Document) -> str:
    """Organisation and logo, above the title."""
    cover = document.cover
    said = f"<p>{escape(cover.organisation)}</p>" if cover.organisation else ""
    if logo := cover.logo:
        content = base64.b64encode(logo.png).decode()
        said += (
            f'<img src="data:image/png;base64,{content}" alt="{escape(document.logo_says)}" '
            f'width="{logo.width}" height="{logo.height}">'
        )
    return f'<div class="sender">{said}</div>\n' if said else ""


def _lines(cover: Cover) -> str:
    contact = f'<p class="contact">{escape(cover.contact)}</p>' if cover.contact else ""
    line = cover.confidentiality
    return contact + (f'<p class="confidential">{escape(line)}</p>' if line else "")


def _contents(document: Document) -> str:
    sections = document.sections
    if len(sections) < 2:
        return ""
    links = "".join(
        f'<li><a href="#s{number}">{escape(section.heading)}</a></li>'
        for number, section in enumerate(sections, 1)
    )
    return f'<nav aria-label="{escape(document.own("Contents"))}"><ol>{links}</ol></nav>'


def _section(section: Section, number: int, own: Own) -> str:
    blocks = "\n".join(
        _block(block, f"s{number}b{place}-", own) for place, block in enumerate(section.blocks, 1)
    )
    comment = "".join(f"<p>{escape(line)}</p>" for line in section.comment)
    comment = f'<div class="comment">{comment}</div>\n' if comment else ""
    heading = f"<h2>{escape(section.heading)}</h2>\n{comment}"
    return f'<section id="s{number}">\n{heading}{blocks}\n</section>'


def _block(block: Block, prefix: str, own: Own) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case KeyFigures(figures):
            return f'<dl class="figures">{"".join(map(_figure, figures))}</dl>'
        case Table():
            return _table(block)
        case Chart():
            return _chart(block, prefix, own)


def _figure(figure) -> str:
    note = f'<dd class="note">{escape(figure.note)}</dd>' if figure.note else ""
    return (
        f"<div><dt>{escape(figure.label)}</dt>"
        f'<dd class="value">{escape(figure.value.text)}</dd>{note}</div>'
    )


def _table(table: Table) -> str:
    kinds = [' class="n"' if column.numeric else "" for column in table.columns]
    head = "".join(
        f'<th scope="col"{kind}>{escape(column.name)}</th>'
        for column, kind in zip(table.columns, kinds, strict=True)
    )
    body = "\n".join(f"<tr>{_row(row, kinds)}</tr>" for row in table.rows)
    fit = " ".join(["many"] * (len(kinds) > 5) + ["short"] * kept_together(table))
    # A wide table is scrolled within its own frame, which the keyboard must reach.
    return (
        f'<figure class="{fit}"><div class="wide" role="group" tabindex="0" '
        f'aria-label="{_name(table.caption)}">'
        f"<table><caption>{escape(table.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>{_under(table.notes)}</figure>"
    )


def _row(row: tuple[Cell, ...], kinds: list[str]) -> str:
    first, *others = row
    cells = [f'<th scope="row"{kinds[0]}>{escape(first.text)}</th>']
    cells += [f"<td{k}>{escape(c.text)}</td>" for c, k in zip(others, kinds[1:], strict=True)]
    return "".join(cells)


def _chart(chart: Chart, prefix: str, own: Own) -> str:
    spec = pictures.page_spec(chart.spec)
    table = (
        f"<details><summary>{escape(own('The figures as a table'))}</summary>"
        f"{_table(chart.table)}</details>"
        if chart.table
        else ""
    )
    return (
        f'<figure class="chart"><figcaption>{escape(chart.caption)}</figcaption>'
        f'<div class="wide" role="img" tabindex="0" aria-label="{_name(chart.alt)}">'
        f'<div class="still" aria-hidden="true">{pictures.svg(spec, prefix=prefix)}</div>'
        '<div class="live" aria-hidden="true"></div></div>'
        f'<script type="application/json">{_inert(spec)}</script>'
        f"{_under(chart.notes)}{table}</figure>"
    )


def _under(notes: tuple[str, ...]) -> str:
    return "".join(f'<p class="under">{escape(note)}</p>' for note in notes)


def _foot(document: Document) -> str:
    lines = [*document.provenance, *([document.foot] if document.foot else [])]
    if not lines:
        return ""
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    about = escape(document.own("About this report"))
    return f"<footer><div><h2>{about}</h2>{told}</div></footer>"


def _name(text: str) -> str:
    """An accessible name; one of blanks alone would be none."""
    return escape(text if text.strip() else "Table")


def _inert(spec: dict) -> str:
    """JSON that no label can leave: neither `</script>` nor `<!--` is left in it."""
    text = json.dumps(spec, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@lru_cache(maxsize=1)
def _style() -> str:
    return (FOLDER / "report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _script() -> str:
    return pictures.script((FOLDER / "report.js").read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
