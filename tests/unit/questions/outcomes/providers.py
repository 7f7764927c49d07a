"""The published providers' counts, where the file is here."""

from pathlib import Path

import pytest

PROVIDERS = (
    Path(__file__).resolve().parents[5]
    / "shared"
    / "data"
    / "nhs_talking_therapies"
    / "provider_totals_2024-25.csv"
)


needs_nhs = pytest.mark.skipif(
    not PROVIDERS.exists(), reason="the NHS tables (../shared/data) are not here"
)
