"""How the figures of a report were made and protected, as a part of it and at its foot."""

import tomllib
from dataclasses import replace
from pathlib import Path

from analysis.sharing.protection.figures import BASE, LEAST, SMALL
from analysis.sharing.protection.shares import STEPS
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.section import section
from analysis.sharing.writing.document import Paragraph, Section

SHARE_RULES = (
    f"Counts are rounded to the nearest {BASE}; one that 1 to {SMALL} patients stand behind is not "
    "told, nor is any figure that would give it away: in its place stands what the told rates "
    "leave open of it, in fives ('10 or fewer', '40 to 60'), or [c].",
    "The figures of groups need not add up to those of the whole service: each is rounded on its "
    "own.",
    f"Rates are true to three points: in steps of {STEPS[160]} points below 160 treatments, of "
    f"{STEPS[400]} below 400, of one from there on; their intervals cover the rounding, too. Where "
    f"0 to {SMALL} are counted, only a limit is told ('under 5 %'). Where a step or that limit "
    "would tell of few, it is rougher: twenty points of the scale ('20 to 40 %', '10 to 30 %'), "
    "else forty ('10 to 50 %'); 'under 20 %' or 'under 40 %'. A rate of 90 % or more, and one that "
    f"1 to {SMALL} patients missed, is written [c].",
    "Figures of sets that were shared before are added up: the year is the sum of its quarters as "
    "told, and so tells nothing that they do not.",
    f"Effect sizes and intervals need {LEAST['mean']} patients, medians {LEAST['median']}. No "
    "smallest or largest value and no single patient is shown; nor is a group of fewer than three "
    "therapists, or in which one gives more than 60 % of the treatments.",
    "Before this file was written, its figures were compared with those of every file shared from "
    f"this dataset before: none differs from one of them by 1 to {SMALL} patients.",
)
INTERNAL_RULES = (
    "This report stays inside: every figure is exact, small ones among them, and some can tell of "
    "a single patient or therapist. It is data about persons, not for sharing.",
)
INTERVALS = (
    "In 95 of 100 such reports the interval of a figure holds what the service would show in the "
    "long run. Two figures whose intervals overlap widely may differ by chance alone."
)
ASSOCIATION = "Figures that go together say nothing about what brings about what."


def rules(profile: str) -> tuple[str, ...]:
    """The rules by which a profile protects, a paragraph each."""
    return SHARE_RULES if profile == "share" else INTERNAL_RULES


def method_section(profile: str, *said: str) -> Section:
    """The section; said: what the other parts have to add on how they were made."""
    texts = (*said, INTERVALS, ASSOCIATION, *rules(profile))
    return replace(section(SECTIONS["method"], *map(Paragraph, texts)), fixed=texts)


def short_rules(profile: str) -> str:
    """The rules in one line, for the foot of each page."""
    if profile == "share":
        return f"Counts to the nearest {BASE}; [c] confidential"
    return "Exact figures about persons, not for sharing"


def app_version() -> str:
    """The program's version, as pyproject.toml has it; '' where it cannot be read."""
    project = Path(__file__).resolve().parents[3] / "pyproject.toml"
    try:
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return ""
