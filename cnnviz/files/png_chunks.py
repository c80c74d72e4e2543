"""A PNG file as its chunks, from head to head: what stands around the pixels is found without decoding them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
PIXELS = b"IDAT"

_METADATA = (b"eXIf", b"iTXt", b"tEXt", b"zTXt")


class Chunk(NamedTuple):
    """One chunk: its kind, and how many bytes of data it claims; the file stands at their beginning."""

    kind: bytes
    length: int


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Yield the chunks of a PNG from the start of the file; none where it is no PNG. Data may be read in between."""
    file.seek(0)
    if file.read(8) != PNG_MAGIC:
        return
    while len(head := file.read(8)) == 8:
        length, after = int.from_bytes(head[:4], "big"), file.tell()
        yield Chunk(head[4:], length)
        file.seek(after + length + 4)  # behind the data stands a checksum


def metadata_follows_pixels(file: BinaryIO) -> bool:
    """Return whether a PNG says something about itself only behind its pixels; the file is left where it was."""
    here, seen = file.tell(), False
    try:
        for chunk in chunks(file):
            seen = seen or chunk.kind == PIXELS
            if seen and chunk.kind in _METADATA:
                return True
        return False
    finally:
        file.seek(here)
