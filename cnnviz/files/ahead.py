"""A picture is read before it is asked for: on a second thread, while the first still imports NumPy.

A large picture takes about as long to decode as NumPy and the rest take to import, and a decoder needs nothing of
them. Whatever goes wrong here is passed over: whoever asks for the picture then reads it again, and meets the reason.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from cnnviz.core.threads import processors

if TYPE_CHECKING:
    from cnnviz.files.images import Picture
    from cnnviz.files.pixels import Pixels

PHOTOS = (b"\x89PNG", b"\xff\xd8")
"""How PNG and JPEG begin. TIFF is no good here: while it is decoded, standard error goes nowhere for all threads."""
_ENVIRONMENT = ("OPENBLAS_MAIN_FREE", "GOTOBLAS_MAIN_FREE")  # set by NumPy's import, and taken away again
_WORTH_IT = 1 << 20  # bytes of a file; a smaller one is read as fast as a thread is started


class _Begun(NamedTuple):
    """A picture being read: which file it is, and where it will be."""

    identity: tuple[int, ...]
    thread: Thread
    read: list[Picture]


_begun: _Begun | None = None


def begin(name: str, limit: int | None) -> None:
    """Begin to read the picture of that name, within the memory limit, if it is a large one on a disk."""
    global _begun
    _begun = None
    with suppress(OSError, ValueError, RuntimeError):  # RuntimeError: no thread can be started
        status = os.stat(name)
        if not stat.S_ISREG(status.st_mode) or status.st_size < _WORTH_IT or processors() == 1:
            return
        with open(name, "rb") as file:
            if not file.read(8).startswith(PHOTOS):
                return
        # Pillow is imported here: threads that import at the same time wait for each other.
        from PIL import Image

        from cnnviz.files.pixels import load

        Image.preinit()
        # A decoder of JPEG asks the environment, and must not do so while NumPy changes it: what is there stays.
        for variable in _ENVIRONMENT:
            os.environ.setdefault(variable, "1")
        read: list[Picture] = []
        thread = Thread(target=_read, args=(name, limit, load, read), daemon=True)
        thread.start()
        _begun = _Begun(_identity(status), thread, read)


def is_reading() -> bool:
    """Return whether a picture was begun that nobody has taken."""
    return _begun is not None


def take(file: BinaryIO) -> Picture | None:
    """Return the picture that an open file holds where reading it was begun and went well, waiting for its end."""
    global _begun
    begun, _begun = _begun, None
    with suppress(OSError):  # what is no file on a disk has no number
        if begun and begun.identity == _identity(os.fstat(file.fileno())):
            begun.thread.join()
            return begun.read[0] if begun.read else None
    return None


def _read(name: str, limit: int | None, load: Callable[..., Pixels], read: list[Picture]) -> None:
    with suppress(Exception):
        with open(name, "rb") as file:
            pixels = load(file, limit)
        from cnnviz.files.images import convert  # which needs NumPy, and waits until it is there

        read.append(convert(pixels, limit))


def _identity(status: os.stat_result) -> tuple[int, ...]:
    """Return what tells a file, as it is now, from all others."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
