"""A picture is read before it is asked for: on a second thread, while the first still imports NumPy.

A large picture takes about as long to decode as NumPy and the rest take to import, and a decoder needs nothing of
them. Whatever goes wrong here is passed over: whoever asks for the picture then reads it again, and meets the reason.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from cnnviz.core.threads import processors

if TYPE_CHECKING:
    from cnnviz.files.images import Picture

_KINDS = ("JPEG", "PNG", "WebP")  # not TIFF: while it is decoded, the whole process's standard error goes nowhere
_WORTH_IT = 1 << 20  # bytes of a file; a smaller one is read as fast as a thread is started

_Identity: TypeAlias = tuple[int, int, int, int]  # what tells a file, as it is now, from all others
_begun: dict[_Identity, tuple[Thread, list[Picture]]] = {}  # the last one only


def begin(name: str, limit: int | None) -> None:
    """Begin to read the picture of that name, within the memory limit, if it is a large one on a disk."""
    _begun.clear()
    with suppress(OSError, ValueError, RuntimeError):  # RuntimeError: no thread can be started
        status = os.stat(name)
        if not stat.S_ISREG(status.st_mode) or status.st_size < _WORTH_IT or processors() == 1:
            return
        # Pillow is imported first: threads that import at the same time wait for each other.
        from PIL import Image

        from cnnviz.files import pixels  # noqa: F401

        Image.preinit()
        read: list[Picture] = []
        thread = Thread(target=_read, args=(name, limit, read), daemon=True)
        thread.start()
        _begun[_identity(status)] = thread, read


def take(file: BinaryIO) -> Picture | None:
    """Return the picture that an open file holds where reading it was begun and went well, waiting for its end."""
    if not _begun:
        return None
    with suppress(OSError):  # what is no file on a disk has no number
        thread, read = _begun.pop(_identity(os.fstat(file.fileno())), (None, []))
        if thread:
            thread.join()
        return read[0] if read else None
    return None


def _read(name: str, limit: int | None, read: list[Picture]) -> None:
    with suppress(Exception):
        from cnnviz.files.decoder import kind_of
        from cnnviz.files.pixels import load

        with open(name, "rb") as file:
            head = file.read(16)
            file.seek(0)
            if kind_of(head) not in _KINDS:
                return
            pixels = load(file, limit)
        from cnnviz.files.images import convert  # which needs NumPy, and waits until it is there

        read.append(convert(pixels))


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
