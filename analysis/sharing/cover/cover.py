"""Who hands a report on, in the sender's own words."""

from dataclasses import dataclass

from analysis.base.phrase import Phrase
from analysis.sharing.cover.logo import Logo


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands above and below a report's title. confidentiality: a line that stands on every
    page, too. Empty texts are left out."""

    organisation: str = ""
    contact: str = ""
    confidentiality: str = ""
    logo: Logo | None = None

    @property
    def logo_says(self) -> str:
        """The picture in words."""
        if not self.organisation:
            return "Logo"
        return Phrase("Logo: {organisation}", organisation=self.organisation)


NO_COVER = Cover()
