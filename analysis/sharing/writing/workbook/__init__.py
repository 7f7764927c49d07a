"""A report as a workbook, and where the pages of its sheets end when they are printed."""
