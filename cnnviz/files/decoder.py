"""Pillow on a short lead: measured before it decodes, quiet while it does, its errors told in one line.

Its own limit is set from ours, so that a picture within a picture is measured as well; formats that would run a
program are left out; what libtiff and Pillow's log would print goes nowhere.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from cnnviz.core.shapes import Shape
from cnnviz.core.wording import times
from cnnviz.errors import CnnvizError, MemoryLimitError, ReadError, reason
from cnnviz.files import memory
from cnnviz.files.deep import is_deep

SIXTEEN = ("I;16", "I;16L", "I;16B", "I;16N")
PLAIN = ("L", "LA", "RGB", "RGBA")  # converted without a second copy of the whole

# EPS is a program that Pillow would have Ghostscript run; the others it recognises and cannot read.
_REFUSED = {"EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG"}

# Bytes that a decoder holds for each pixel beside Pillow's own picture: whole canvases, coefficients.
_DECODER = {"WEBP": 12, "AVIF": 12, "JPEG2000": 16, "JPEG": 6, "MPO": 6, "TIFF": 4}

_BLOCK = 1 << 24  # bytes decoded at once: between two blocks a decoder waits for Python's lock

_MAGIC = {
    b"\x89PNG": "PNG",
    b"\xff\xd8": "JPEG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"RIFF": "WebP",
    b"\0\0\1\0": "ICO",
    b"icns": "ICNS",
}
_BOXED = {b"ftypavif": "AVIF", b"ftypavis": "AVIF"}  # behind the length of their first box


class NotAPictureError(Exception):
    """No decoder knows these bytes."""


_lock = threading.RLock()


@contextmanager
def open_picture(file: BinaryIO, limit: int | None) -> Iterator[Image.Image]:
    """Open a picture with Pillow on its lead."""
    with on_a_lead(limit):
        head = file.read(32)
        file.seek(0)
        try:
            _check_webp(head, limit)
            with Image.open(file) as image:
                if image.format in _REFUSED:
                    raise ReadError(f"{image.format} files are not read: convert it to PNG or JPEG")
                image.decodermaxblock = _BLOCK
                yield image
        except Image.DecompressionBombError as error:
            pixels = re.search(r"\((\d+) pixels\)", str(error))
            size = f"a picture of {pixels[1]} pixels" if pixels else "a picture of this size"
            memory.require(5 * int(pixels[1]) if pixels else _allowed(limit) + 1, limit, size)
            raise MemoryLimitError(f"a picture of this size is beyond the memory limit ({reason(error)})") from None
        except UnidentifiedImageError:
            kind = _kind(head)
            if kind is None:
                raise NotAPictureError from None
            article = "an" if kind[0] in "AI" else "a"
            raise ReadError(f"{article} {kind} picture that is broken or cut off at its beginning") from None


@contextmanager
def on_a_lead(limit: int | None) -> Iterator[None]:
    """Set Pillow's own limit from ours, keep warnings quiet, NumPy's too, and turn errors into ours.

    Pillow's limit and Python's warnings belong to the whole process: they are put back, and one picture is read at a
    time.
    """
    with _lock, warnings.catch_warnings(), _logging_silenced():
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS
        # Pillow refuses twice its limit. Five bytes a pixel is the least that any picture takes here.
        Image.MAX_IMAGE_PIXELS = max(_allowed(limit) // 10, 1)
        try:
            yield
        except (CnnvizError, NotAPictureError):
            raise
        except MemoryError:
            raise MemoryLimitError("the picture does not fit into this machine's memory: use a smaller one") from None
        except Exception as error:
            raise ReadError(_what_broke(error)) from None
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _allowed(limit: int | None) -> int:
    return memory.default_limit() if limit is None else limit


def _kind(head: bytes) -> str | None:
    """Return the format that a file claims with its first bytes."""
    return _BOXED.get(head[4:12]) or next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def _what_broke(error: Exception) -> str:
    words = reason(error)
    if isinstance(error, EOFError) or "truncated" in words.lower():
        return "the picture is cut off: the file ends before the picture does"
    return f"the picture is broken or cut off ({words}): copy it again, or save it anew from another program"


def _check_webp(head: bytes, limit: int | None) -> None:
    """Measure a WebP from its first bytes, since Pillow's decoder takes its canvas at opening."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return
    if head[12:16] == b"VP8X":
        width, height = (int.from_bytes(head[i : i + 3], "little") + 1 for i in (24, 27))
    elif head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(head[i : i + 2], "little") & 0x3FFF for i in (26, 28))
    memory.require(width * height * (_DECODER["WEBP"] + 16), limit, _subject((3, height, width)))


@contextmanager
def _logging_silenced() -> Iterator[None]:
    """Keep Pillow's log records from Python's last resort, which prints them; real handlers still get them."""
    logger, nowhere = logging.getLogger("PIL"), logging.NullHandler()
    logger.addHandler(nowhere)
    try:
        yield
    finally:
        logger.removeHandler(nowhere)


@contextmanager
def chatter_silenced(format: str | None) -> Iterator[None]:
    """Send the process's standard error nowhere while libtiff decodes, as it writes there by itself."""
    if format != "TIFF":
        yield
        return
    try:
        with suppress(Exception):
            sys.stderr.flush()
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def require_picture(image: Image.Image, shape: Shape, limit: int | None) -> None:
    """Ask for the memory that decoding and converting take, at (C, H, W) values as they are stored."""
    channels, height, width = shape
    stored = 1 if image.mode in ("1", "L", "P") else 2 if image.mode in SIXTEEN else 4
    converted = 12 if is_deep(image) else 0 if image.mode in PLAIN else 24 if image.mode in ("I", "F") else 8
    held = stored + converted + _DECODER.get(image.format or "", 0)
    memory.require(height * width * (held + 4 * channels) + _tiff_tile(image), limit, _subject(shape))


def _tiff_tile(image: Image.Image) -> int:
    """Return the bytes of one tile of a TIFF, which may be larger than the picture it is part of."""
    tags = getattr(image, "tag_v2", {})
    with suppress(Exception):
        return int(tags.get(322, 0)) * int(tags.get(323, 0)) * 16
    return 0


def _subject(shape: Shape) -> str:
    return f"a picture of {times(shape)} values"
