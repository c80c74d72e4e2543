"""GIF files, frame by frame: one palette for all, and of every frame only what has changed.

Each frame is compared with the one before; the smallest rectangle that holds every change is stored, what did not
change in it as "transparent". Only two frames are in memory at a time, whatever their number. The packing of pixels
is Pillow's; the container is small enough to be written here. Source: GIF89a specification (CompuServe, 1990).
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image

from cnnviz.draw.encode import storable

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLOURS = 128
KEPT = COLOURS - 1  # the index that leaves what is there
UNKNOWN = 255
ALIKE = 12  # squared distance of two colours that look the same
HEADER = 13  # bytes before the first palette
LONGEST_BLOCK = 255


class Palette:
    """The most frequent colours of some frames that look different; every other one becomes the nearest of them."""

    def __init__(self, frames: Iterable[Image.Image]) -> None:
        counts: Counter[int] = Counter()
        for frame in frames:
            codes, found = np.unique(_codes(frame), return_counts=True)
            counts.update(dict(zip(codes.tolist(), found.tolist(), strict=True)))
        codes = np.array([code for code, _ in counts.most_common()], np.int64)
        chosen = _apart(_rgb(codes))
        self.colours = _rgb(codes[chosen])
        self._index = np.full(1 << 24, UNKNOWN, np.uint8)
        self._index[codes[chosen]] = np.arange(len(chosen))

    def indices(self, frame: Image.Image) -> NDArray[np.uint8]:
        """Return the frame (H, W) as places in the palette."""
        codes = _codes(frame)
        found: NDArray[np.uint8] = self._index[codes]
        missing = np.unique(codes[found == UNKNOWN])
        if missing.size:
            distance = ((_rgb(missing)[:, None] - self.colours) ** 2).sum(axis=2)
            self._index[missing] = distance.argmin(axis=1).astype(np.uint8)
            found = self._index[codes]
        return found

    def table(self) -> bytes:
        """Return the colours as the file holds them, filled up with black."""
        return self.colours.astype(np.uint8).tobytes().ljust(3 * COLOURS, b"\0")


def write(
    file: BinaryIO,
    frames: Iterable[Image.Image],
    durations: Sequence[int],
    palette: Palette,
    comments: Sequence[str] = (),
) -> None:
    """Write RGB frames of one size as a GIF that repeats for ever; `durations` are in milliseconds."""
    before: NDArray[np.uint8] | None = None
    for frame, duration in zip(frames, durations, strict=True):
        if before is None:
            _begin(file, frame.size, palette, comments)
        now = palette.indices(frame)
        left, top, part = _changed(now, before)
        delay = max(2, round(duration / 10))
        # No hurry to put anything back when the frame is over (disposal 1); index KEPT is transparent.
        file.write(b"\x21\xf9\x04" + struct.pack("<BHBB", 1 << 2 | 1, delay, KEPT, 0))
        file.write(b"\x2c" + struct.pack("<HHHHB", left, top, part.shape[1], part.shape[0], 0))
        file.write(_packed(part))
        before = now
    file.write(b"\x3b")


def _begin(file: BinaryIO, size: tuple[int, int], palette: Palette, comments: Sequence[str]) -> None:
    file.write(b"GIF89a" + struct.pack("<HHBBB", *size, 0x80 | 7 << 4 | 6, 0, 0) + palette.table())
    for comment in comments:
        file.write(b"\x21\xfe" + _blocks(storable(comment).encode("utf-8")))
    file.write(b"\x21\xff" + _blocks(b"NETSCAPE2.0").removesuffix(b"\0") + _blocks(b"\x01\0\0"))


def _changed(now: NDArray[np.uint8], before: NDArray[np.uint8] | None) -> tuple[int, int, NDArray[np.uint8]]:
    """Return (left, top) and pixels of the smallest rectangle that holds all changes."""
    if before is None:
        return 0, 0, now
    different = now != before
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    if not rows.size:
        return 0, 0, np.full((1, 1), KEPT, np.uint8)
    area = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return int(columns[0]), int(rows[0]), np.where(different[area], now[area], KEPT).astype(np.uint8)


def _packed(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels as GIF image data, taken out of a file that Pillow writes."""
    picture = Image.frombytes("P", pixels.shape[::-1], pixels.tobytes())
    picture.putpalette(bytes(range(256)) * 3)
    whole = io.BytesIO()
    picture.save(whole, "GIF", optimize=False, interlace=False)
    data = whole.getvalue()
    at = HEADER + 3 * (2 << (data[10] & 7)) if data[10] & 0x80 else HEADER
    while data[at] == 0x21:  # extensions: skip their blocks
        at = _after_blocks(data, at + 2)
    local = data[at + 9]
    start = at + 10 + (3 * (2 << (local & 7)) if local & 0x80 else 0)
    return data[start : _after_blocks(data, start + 1)]


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _blocks(data: bytes) -> bytes:
    pieces = [data[i : i + LONGEST_BLOCK] for i in range(0, len(data), LONGEST_BLOCK)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def _apart(colours: NDArray[np.int64]) -> list[int]:
    """Return which colours, the most frequent first, are taken: none that nobody could tell from one before it.

    Otherwise many greys of a photo would crowd out the few reds of an output.
    """
    taken: list[int] = []
    free = np.ones(len(colours), bool)
    while len(taken) < KEPT and free.any():
        best = int(free.argmax())
        taken.append(best)
        free &= ((colours - colours[best]) ** 2).sum(axis=1) > ALIKE
    return taken


def _rgb(codes: NDArray[Any]) -> NDArray[np.int64]:
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.int64)


def _codes(frame: Image.Image) -> NDArray[np.uint32]:
    """Return each pixel (H, W) as the number 0xRRGGBB, which is what blue, green, red and a 0 are in memory."""
    data = frame.convert("RGB").tobytes("raw", "BGRX")
    return np.frombuffer(data, "<u4").reshape(frame.height, frame.width)
