"""PNG files, by Pillow, with the texts that say what they show and how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

from PIL.PngImagePlugin import PngInfo

from cnnviz.errors import printable

if TYPE_CHECKING:
    from PIL.Image import Image

LEVEL = 1
"""Of 9: on feature maps the higher ones take four times as long and save no tenth of the bytes."""
RUNS = 3
"""zlib's strategy Z_RLE, which looks for runs only: on feature maps an eighth faster, and an eighth fewer bytes."""


def encode(image: Image, file: BinaryIO, texts: Mapping[str, str] | None = None) -> None:
    """Write a picture as PNG to a binary file, with text chunks such as {"Description": "…"}."""
    info = PngInfo()
    for key, text in (texts or {}).items():
        text = storable(text)
        if text.isascii():
            info.add_text(key, text)
        else:
            info.add_itxt(key, text)
    image.save(file, "PNG", pnginfo=info, compress_level=LEVEL, compress_type=RUNS)


def storable(text: str) -> str:
    """Return a text, line by line, as any file can hold it: a name may have bytes that are no text (`\\xff`)."""
    return "\n".join(map(printable, text.split("\n")))
