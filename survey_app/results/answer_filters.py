"""Which answers an export takes: by status, quality, day, brand, country, language and source; pure, asks no store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date

from instruments.fieldwork import OPEN
from survey_app.interview.statuses import Status
from survey_app.store.sittings import Sitting

# All that hold answers; whoever analyses them chooses by `_status`.
ANSWERED: tuple[Status, ...] = ("partial", "timed_out", "complete", "screened_out", "quota_full", "quality_fail")


@dataclass(frozen=True)
class Wanted:
    """What is left in; an empty choice leaves everything in.

    `sound` leaves out whoever failed the rules of quality or was rejected in review. Days are those on which
    interviews began (UTC), the last one included. A brand leaves its own ratings only, so that whoever rated none of
    the brands has no row.
    """

    statuses: tuple[Status, ...] = ()
    sound: bool = False
    since: date | None = None
    until: date | None = None
    brands: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    @property
    def ended_as(self) -> tuple[Status, ...]:
        """Statuses of the sittings that are taken."""
        chosen = self.statuses or ANSWERED
        return tuple(status for status in chosen if not (self.sound and status == "quality_fail"))

    def takes(self, sitting: Sitting) -> bool:
        """Say whether a sitting is taken, as far as its own row tells."""
        began = sitting.started_at.astimezone(UTC).date()
        return (
            (self.since is None or began >= self.since)
            and (self.until is None or began <= self.until)
            and _chosen(sitting.language, self.languages)
            and _chosen(sitting.source or OPEN, self.sources)
        )

    def takes_country(self, country: object) -> bool:
        """Say whether somebody of a country is taken; nobody knows where None is."""
        return _chosen(str(country), self.countries)

    def takes_brand(self, brand: str | None) -> bool:
        """Say whether a rating of a brand is taken; None stands for no rating at all."""
        return _chosen(brand, self.brands)

    @property
    def words(self) -> str:
        """What was chosen, for the audit log; empty where all is taken."""
        chosen: Mapping[str, object] = {
            "status": " ".join(self.statuses),
            "sound": "yes" if self.sound else "",
            "since": self.since or "",
            "until": self.until or "",
            "brand": " ".join(sorted(self.brands)),
            "country": " ".join(sorted(self.countries)),
            "language": " ".join(sorted(self.languages)),
            "source": " ".join(sorted(self.sources)),
        }
        return ", ".join(f"{name}: {said}" for name, said in chosen.items() if said)


EVERYTHING = Wanted()


def _chosen(value: str | None, choice: frozenset[str]) -> bool:
    return not choice or value in choice
