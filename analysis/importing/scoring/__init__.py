"""Answers to items become totals, and scores of two ranges one, before they are judged."""
