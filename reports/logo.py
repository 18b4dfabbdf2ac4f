"""A customer's logo as an object of a PDF file: PNG or JPEG, with what shines through it; places it nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from reports.pdf_file import reference

if TYPE_CHECKING:
    from reports.pdf_file import PdfFile


@dataclass(frozen=True)
class EmbeddedLogo:
    """The number of the picture in its file, and its width and height in pixels."""

    number: int
    sides: tuple[int, int]


def embed_logo(file: PdfFile, path: str) -> EmbeddedLogo:
    """Put a picture into a file."""
    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    width, height = picture.size
    entries = {"Type": "/XObject", "Subtype": "/Image", "Width": width, "Height": height, "BitsPerComponent": 8}
    mask = file.stream(picture.getchannel("A").tobytes(), {**entries, "ColorSpace": "/DeviceGray"})
    shown = {**entries, "ColorSpace": "/DeviceRGB", "SMask": reference(mask)}
    return EmbeddedLogo(file.stream(picture.convert("RGB").tobytes(), shown), (width, height))
