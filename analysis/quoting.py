"""Which open answers a report may quote of which archetype: only those agreed to, once more redacted; opens no file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.findings import Membership
from analysis.redaction import redacted


@dataclass(frozen=True)
class AgreedText:
    """A text that a researcher agreed to have quoted; whose it is and about which brand, as far as known."""

    text: str
    language: str
    person: str | None = None
    brand: str | None = None


@dataclass(frozen=True)
class Quote:
    """Words of somebody with a relationship of an archetype to a brand, without what identifies people."""

    archetype: str
    brand: str
    text: str
    language: str


class TextOwners:
    """Tells the archetype that a text belongs to."""

    def __init__(self, memberships: Iterable[Membership]) -> None:
        self._of_rating: dict[tuple[str, str], str] = {}
        self._of_person: dict[str, dict[str, str]] = {}
        for one in memberships:
            self._of_rating[one.person, one.brand] = one.archetype
            self._of_person.setdefault(one.person, {})[one.brand] = one.archetype

    def archetype(self, person: str | None, brand: str | None) -> str | None:
        """Tell the archetype of one text.

        Parameters
        ----------
        person : str or None
            Who wrote it.
        brand : str or None
            What it is about.

        Returns
        -------
        str or None
            That of the rating; where no brand is named, that of the person's ratings if all are of one.
        """
        if person is None:
            return None
        if brand is not None:
            return self._of_rating.get((person, brand))
        archetypes = set(self._of_person.get(person, {}).values())
        return next(iter(archetypes)) if len(archetypes) == 1 else None

    def only_brand(self, person: str | None) -> str | None:
        """Tell what a text that names no brand must be about.

        Parameters
        ----------
        person : str or None
            Who wrote it.

        Returns
        -------
        str or None
            The one brand that the person rated; None where there are several.
        """
        brands = list(self._of_person.get(person or "", {}))
        return brands[0] if len(brands) == 1 else None


def quotes(agreed: Iterable[AgreedText], memberships: Sequence[Membership]) -> tuple[Quote, ...]:
    """Join agreed texts to the relationships that they tell of.

    Parameters
    ----------
    agreed : iterable of AgreedText
        In the order in which they are to be quoted.
    memberships : sequence of Membership

    Returns
    -------
    tuple of Quote
        Texts whose brand or archetype cannot be told are left out: no brand's report quotes what may be about another.
    """
    owners = TextOwners(memberships)
    found = []
    for one in agreed:
        brand = one.brand or owners.only_brand(one.person)
        archetype = owners.archetype(one.person, brand)
        if brand is not None and archetype is not None:
            found.append(Quote(archetype, brand, redacted(one.text).text, one.language))
    return tuple(found)
