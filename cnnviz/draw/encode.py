"""PNG files, with the texts that say what they show and how they were made.

Pillow tries five filters on every row of a PNG, which takes longer than to compress it. Rows of a figure are much like
the rows above them, so here each is stored as what it differs from that one by (the filter called Up), and bands of
rows are compressed side by side. Such pieces of a deflate stream can be put together, as each but the last ends on a
whole byte (zlib's Z_SYNC_FLUSH). The format: PNG specification, third edition, sections 5, 9 and 10; RFC 1950.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from PIL.PngImagePlugin import PngInfo, putchunk

from cnnviz.core.threads import each
from cnnviz.errors import printable

if TYPE_CHECKING:
    from PIL.Image import Image

LEVEL = 1
"""Of 9: on feature maps level 4 takes half as long again to save a twelfth of the bytes, 9 ten times for an eighth."""
COLOUR_TYPES = {"L": 0, "RGB": 2, "RGBA": 6}
"""Pillow's modes, of 8 bits a channel, as PNG counts them."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
_ZLIB_HEADER = b"\x78\x01"  # deflate with a window of 32 KiB, compressed the fastest way
_BAND = 2**18  # about how many bytes are compressed at a time
_ADLER = 65521


def encode(image: Image, file: BinaryIO, texts: Mapping[str, str] | None = None) -> None:
    """Write a picture as PNG to a binary file, with texts such as {"Description": "…"}.

    Raises ValueError for a mode that is not in COLOUR_TYPES.
    """
    if image.mode not in COLOUR_TYPES:
        raise ValueError(f"no way to write {image.mode} as PNG: use one of {', '.join(COLOUR_TYPES)}")
    width, height = image.size
    header = [*width.to_bytes(4, "big"), *height.to_bytes(4, "big"), 8, COLOUR_TYPES[image.mode], 0, 0, 0]
    file.write(_SIGNATURE)
    putchunk(file, b"IHDR", bytes(header))
    for kind, text, *_ in _texts(texts or {}).chunks:
        putchunk(file, kind, text)
    rows = max(1, _BAND // (width * len(image.getbands())))
    tops = range(0, height, rows)
    pieces = each(lambda top: _Piece.of(image, top, min(top + rows, height)), tops, parallel=height > rows)
    checksum = _checksum(pieces)
    putchunk(file, b"IDAT", _ZLIB_HEADER)
    while pieces:
        putchunk(file, b"IDAT", pieces.pop(0).data)  # not held any longer: a file in memory holds it, too
    putchunk(file, b"IDAT", checksum.to_bytes(4, "big"))
    putchunk(file, b"IEND", b"")


class _Piece(NamedTuple):
    """Some rows compressed, and what the checksum of all of them needs: their own, and how many bytes they were."""

    data: bytes
    adler: int
    size: int

    @classmethod
    def of(cls, image: Image, top: int, bottom: int) -> _Piece:
        """Filter and compress the rows from `top` up to `bottom`; the last ones end the stream."""
        # Beyond the picture, where the first row has its neighbour, Pillow crops zeros, as PNG wants them.
        above = np.asarray(image.crop((0, top - 1, image.width, bottom))).reshape(bottom - top + 1, -1)
        rows = np.empty((bottom - top, 1 + above.shape[1]), np.uint8)
        rows[:, 0] = _UP
        np.subtract(above[1:], above[:-1], out=rows[:, 1:])
        packer = zlib.compressobj(LEVEL, wbits=-zlib.MAX_WBITS)
        end = zlib.Z_FINISH if bottom == image.height else zlib.Z_SYNC_FLUSH
        return cls(packer.compress(rows.data) + packer.flush(end), zlib.adler32(rows.data), rows.size)


def _checksum(pieces: list[_Piece]) -> int:
    """Return the Adler-32 of all pieces (RFC 1950, section 8.2): a sum of bytes, and the sum of all those sums."""
    low, high = 1, 0
    for piece in pieces:
        # A piece's own sums began at 1 and 0, and each of its bytes adds the first sum to the second once more.
        high = (high + (piece.adler >> 16) + piece.size * (low - 1)) % _ADLER
        low = (low + (piece.adler & 0xFFFF) - 1) % _ADLER
    return high << 16 | low


def _texts(texts: Mapping[str, str]) -> PngInfo:
    info = PngInfo()
    for key, text in texts.items():
        text = storable(text)
        if text.isascii():
            info.add_text(key, text)
        else:
            info.add_itxt(key, text)
    return info


def storable(text: str) -> str:
    """Return a text, line by line, as any file can hold it: a name may have bytes that are no text (`\\xff`)."""
    return "\n".join(map(printable, text.split("\n")))
