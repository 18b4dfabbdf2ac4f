"""The fieldwork part of a study file: quotas, sources of respondents, consent, goals; counts and redirects nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from instruments.logic import Answer
from instruments.model import Code, Name, Part, Texts, Whole

OPEN = "open"
"""The source of everybody who comes without naming one; it exists always."""

KNOWN_AT_ENTRY = ("country", "language", "source")
"""What expressions and quotas may ask for besides questions: known from the link by which a person came."""

Entity = Literal["product", "service", "retailer", "platform", "person", "organisation", "place"]
Parameter = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=64)]
"""Name of a parameter in an address, as panels choose it."""
Country = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=32)]
"""A code of the questionnaire's question about the country."""
Span = tuple[Whole, Whole]
"""A class of numbers, both ends included, as [18, 34]."""


class QuotaCell(Part):
    """One cell of a quota: the answers that belong to it and how many completes it takes."""

    values: dict[str, Code | Span] = Field(alias="is")
    limit: Whole = Field(ge=0)

    def holds(self, answers: Mapping[str, Answer]) -> bool:
        """Tell whether a person belongs to the cell.

        Parameters
        ----------
        answers : mapping of str to Answer
            The person's answers by name; `country`, `language` and `source` among them where they are known.

        Returns
        -------
        bool
            False where one of the answers is not there.
        """
        return all(_belongs(answers.get(name), wanted) for name, wanted in self.values.items())


def _belongs(answer: Answer | None, wanted: Code | Span) -> bool:
    if isinstance(wanted, tuple):
        return isinstance(answer, (int, float)) and wanted[0] <= answer <= wanted[1]
    return answer == wanted


class Quota(Part):
    """Interlocked cells on completes; each may overshoot by `margin` interviews that were under way."""

    key: Name
    by: tuple[str, ...] = Field(min_length=1)
    margin: Whole = Field(default=0, ge=0)
    cells: tuple[QuotaCell, ...] = Field(min_length=1)

    def cell(self, answers: Mapping[str, Answer]) -> int | None:
        """Find the cell that a person belongs to.

        Parameters
        ----------
        answers : mapping of str to Answer
            As for `QuotaCell.holds`.

        Returns
        -------
        int or None
            Its place among the cells; None for somebody whom the quota does not count.
        """
        return next((at for at, cell in enumerate(self.cells) if cell.holds(answers)), None)


class Exits(Part):
    """Where a source's respondents are sent back to, by how their interview ended; ``{id}`` stands for their id."""

    complete: str | None = None
    screened_out: str | None = None
    quota_full: str | None = None
    quality: str | None = None


class Signature(Part):
    """How entry and exit addresses are signed; `secret` names a setting that holds the secret, never the secret.

    A linear signature is made from the number under `of`, the id unless another parameter is named.
    """

    kind: Literal["hmac_sha256", "hmac_sha1", "linear"]
    parameter: Parameter
    of: Parameter | None = None
    secret: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=64)]


class Source(Part):
    """Where respondents come from: a panel with ids of its own, an open link, or personal links.

    `id` is the entry parameter with the unique id, `keep` are further ones carried to the exits. `limit` bounds the
    completes of this source.
    """

    label: Texts
    kind: Literal["panel", "open", "personal"]
    id: Parameter | None = None
    keep: tuple[Parameter, ...] = ()
    exits: Exits = Exits()
    callback: str | None = None
    signature: Signature | None = None
    limit: Whole | None = Field(default=None, ge=0)


QualityFlag = Literal["speeding", "straight_lining", "attention"]


class Quality(Part):
    """From how many of these flags on an interview counts as careless; unless this is said, none does."""

    fail_from: Whole = Field(ge=1, le=3)
    flags: tuple[QualityFlag, ...] = ("speeding", "straight_lining", "attention")


class Consent(Part):
    """The study's own consent text, in place of that of the questionnaire; its version is kept with the answers."""

    version: Annotated[str, Field(min_length=1, max_length=64)]
    text: Texts
