"""What pages are filled with: drawings that are never cut, and what they are to those who do not see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from reports.drawing import Drawing

Within = tuple[str, object]
"""A kind of structure ("Table", "TR", "L") and what tells one from the next."""


class Part(NamedTuple):
    """A drawing inside a piece; `within` names what it belongs to, from the outermost in: a table and its row."""

    x: float
    y: float
    drawing: Drawing
    role: str
    alt: str = ""
    within: tuple[Within, ...] = ()


class Piece(NamedTuple):
    """Something that is never cut by the end of a page.

    `with_next` keeps it on the page of the piece that follows; `head` is drawn again above the piece where it
    is the first of its page. `role` and `alt` say what it is to those who do not see it; where it has `parts`, they
    are drawn in its place, in the order they are read in.
    """

    drawing: Drawing
    before: float
    role: str = "P"
    alt: str = ""
    with_next: bool = False
    head: Drawing | None = None
    parts: tuple[Part, ...] = ()

    def as_parts(self) -> tuple[Part, ...]:
        """Give its parts; a piece without any is its only one."""
        return self.parts or (Part(0, 0, self.drawing, self.role, self.alt),)
