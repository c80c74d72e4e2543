"""Where an input comes from: a name that was typed, the file behind it, and the bytes in it.

Pipes and devices are read to their end first, within the memory limit, and standard input as soon as it is named, as
nothing but its bytes can tell it from another one; files are read as far as they are needed. Whatever is wrong with a
file is said with its name in front.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, cast
from weakref import WeakKeyDictionary

from cnnviz.errors import ArgumentError, CnnvizError, MemoryLimitError, ReadError, printable, quoted
from cnnviz.files import memory

STDIN = "-"

_PIECE = 1 << 20


class Source(NamedTuple):
    """Where an input came from.

    `name` is what was typed ("stdin" for `-`), `path` the file (None for standard input), `id` the SHA-256 of the
    resolved path (of the bytes themselves for standard input), `stem` what made-up names begin with: `photo` for
    photo.png, `photo.conv` for photo.conv.npz.
    """

    name: str
    path: Path | None
    id: str
    stem: str


def source_of(name: str, limit: int | None = None) -> Source:
    """Return the source that a name stands for, without touching a file; `-` reads standard input to its end.

    Raises ReadError for a name that no file can have, and as `open_source` does for standard input.
    """
    if name == STDIN:
        source = Source("stdin", None, "", "stdin")
        with _named(source):
            return source._replace(id=_standard_input(limit).id)
    if not name:
        raise ReadError("'' is not a file name")
    path = Path(name)
    try:
        resolved = os.fsencode(os.path.realpath(path))
    except (OSError, ValueError):
        raise ReadError(f"{quoted(name)} cannot be the name of a file") from None
    return Source(name, path, hashlib.sha256(resolved).hexdigest(), path.stem)


@dataclass
class _Taken:
    """What standard input held: its fingerprint, and its bytes until they are opened."""

    id: str
    data: bytes


_taken: WeakKeyDictionary[IO[bytes], _Taken] = WeakKeyDictionary()


def _standard_input(limit: int | None) -> _Taken:
    """Read standard input, which can be read once only, and keep what it held."""
    if sys.stdin is None:
        raise ReadError("there is no standard input")
    stream = sys.stdin.buffer
    if stream not in _taken:
        data = _drain(stream, limit)
        _taken[stream] = _Taken(hashlib.sha256(data).hexdigest(), data)
    return _taken[stream]


@contextmanager
def open_source(source: Source, limit: int | None = None) -> Iterator[BinaryIO]:
    """Open a source for reading and seeking; what goes wrong until it is closed is told with its name in front.

    Raises ReadError where it is missing, a folder or may not be read, MemoryLimitError where a stream is longer than
    `limit` bytes of memory allow.
    """
    with _named(source), _opened(source, limit) as file:
        yield file


@contextmanager
def _named(source: Source) -> Iterator[None]:
    """Put the file's name in front of whatever is wrong with it."""
    name = printable(source.name)
    try:
        yield
    except (ReadError, MemoryLimitError) as error:
        raise type(error)(f"{name}: {error}") from None
    except ArgumentError as error:
        raise type(error)(f"{name}: {error}", argument=error.argument) from None
    except MemoryError:
        raise MemoryLimitError(f"{name}: does not fit into this machine's memory: use a smaller input") from None
    except FileNotFoundError:
        raise ReadError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise ReadError(f"{name}: a folder, not a file") from None
    except PermissionError:
        raise ReadError(f"{name}: may not be read (no permission)") from None
    except CnnvizError:
        raise
    except (OSError, ValueError) as error:
        words = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ReadError(f"{name}: cannot be read ({words})") from None


@contextmanager
def _opened(source: Source, limit: int | None) -> Iterator[BinaryIO]:
    """Open a source so that one can seek in it; what is no file on a disk is read to its end."""
    if source.path is None:
        taken = _standard_input(limit)
        data, taken.data = taken.data, b""
        _require_stream(len(data), limit)
        yield io.BytesIO(data)
        return
    if source.path.is_dir():
        raise IsADirectoryError
    with source.path.open("rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield cast(BinaryIO, file)
        else:
            yield io.BytesIO(_drain(file, limit))


def _drain(stream: IO[bytes], limit: int | None) -> bytes:
    """Read a stream to its end, or until it is more than the memory limit."""
    pieces, size = [], 0
    while piece := stream.read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        _require_stream(size, limit)
    return b"".join(pieces)


def _require_stream(size: int, limit: int | None) -> None:
    memory.require(2 * size, limit, f"an input of more than {memory.show_bytes(size)}")
