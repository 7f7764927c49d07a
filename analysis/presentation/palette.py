"""Every colour, once: by its name, and what it stands for.

Files that no Python reads (.streamlit/config.toml, data/report/) write them again; a test holds
them to this list.
"""

# Okabe & Ito's colours (2008) that reach 3:1 on white, and further tones that reach 3:1 on white
# and on dark.
BLUE, VERMILION, PURPLE, GREEN = "#0072B2", "#D55E00", "#CC79A7", "#009E73"
OCHRE, SLATE, VIOLET, ROSE = "#8A6D1C", "#6F7C8B", "#7D64C4", "#A8577E"
# What became of somebody, apart from what factors are called by: well, partly, badly, not yet.
TEAL, PALE_TEAL, CRIMSON, STEEL = "#0E7C84", "#3F9AA1", "#C23B4E", "#6E8CA0"
WHITE, BLACK = "#ffffff", "#111417"
# On light ground, and on dark: text, quiet text, lines of a table, lines of a chart, what no
# predictor explains, its outline, links and headings.
INK, MUTED, LINE, GRID = "#22262b", "#5d6670", "#d9dde2", "#e3e6e9"
REST, OUTLINE, ACCENT = "#f1f2f4", "#767f8a", "#474a8a"
DARK_PAGE = "#14181d"
DARK_INK, DARK_MUTED, DARK_LINE, DARK_GRID = "#e9ebee", "#a5adb8", "#343c46", "#333a43"
DARK_REST, DARK_OUTLINE, DARK_ACCENT = "#242a32", "#8b95a1", "#a9acee"

# Always the same factor the same colour; practice, intake and the two parts of Norcross' pie that
# are no factor of ours have the further tones.
FACTOR_COLOURS = {
    "alliance": BLUE,
    "technique": VERMILION,
    "expectancy": PURPLE,
    "extra-therapeutic": GREEN,
    "practice": OCHRE,
    "adjusted": SLATE,
    "therapist": VIOLET,
    "interaction": ROSE,
}
# '' is the look's outlined grey, as everywhere for what did not move.
CATEGORY_COLOURS = {
    "reliably_recovered": TEAL,
    "improved_only": PALE_TEAL,
    "unchanged": "",
    "deteriorated": CRIMSON,
}
ENDING_COLOURS = {"planned": TEAL, "unplanned": CRIMSON, "ongoing": STEEL, "ending_unknown": ""}
READING_COLOURS = {"better": TEAL, "average": "", "worse": CRIMSON}
OWN, SIGNAL = TEAL, CRIMSON


def ink_on(fill: str) -> str:
    """Black or white, whichever is read more easily on the colour."""
    return max((BLACK, WHITE), key=lambda ink: contrast(ink, fill))


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1..21, of two colours '#rrggbb'; '#000000' on '#ffffff' gives 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
