"""A PNG file as its chunks, from head to head: what stands around the pixels is found without decoding them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
PIXELS = b"IDAT"

_METADATA = (b"eXIf", b"iTXt", b"tEXt", b"zTXt")
_PIECE = 1 << 20  # bytes read at once


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


def pixels_are_damaged(file: BinaryIO) -> bool:
    """Return whether the checksum of a chunk of a PNG's pixels does not fit, which decoders pass over in silence.

    Where the file ends too early, the decoder says so itself. The file is left where it was.
    """
    here = file.tell()
    try:
        for chunk in chunks(file):
            if chunk.kind != PIXELS:
                continue
            total, left = zlib.crc32(PIXELS), chunk.length
            while left and (piece := file.read(min(left, _PIECE))):
                total, left = zlib.crc32(piece, total), left - len(piece)
            stored = file.read(4)
            if len(stored) == 4 and int.from_bytes(stored, "big") != total:
                return True
        return False
    finally:
        file.seek(here)
