"""The looks that each chart is drawn in."""

from analysis.presentation.charts import theme

LOOKS = (theme.LIGHT, theme.DARK, theme.PAPER)


BACKGROUND = {theme.LIGHT: "#ffffff", theme.DARK: "#14181d", theme.PAPER: "#ffffff"}
