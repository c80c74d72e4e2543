"""Where an input comes from: a name that was typed, the file behind it, and the bytes in it.

Standard input, pipes and devices are read to their end first, within the memory limit; files are read as far as they
are needed. Whatever is wrong with a file is said with its name in front.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, cast

from cnnviz.errors import CnnvizError, MemoryLimitError, ReadError, printable, quoted
from cnnviz.files import memory

STDIN = "-"

_PIECE = 1 << 20


class Source(NamedTuple):
    """Where an input came from.

    `name` is what was typed ("stdin" for `-`), `path` the file (None for standard input), `id` the SHA-256 of the
    resolved path, `stem` what made-up names begin with: `photo` for photo.png, `photo.conv` for photo.conv.npz.
    """

    name: str
    path: Path | None
    id: str
    stem: str


def source_of(name: str) -> Source:
    """Return the source that a name stands for, without touching the file."""
    if name == STDIN:
        return Source("stdin", None, hashlib.sha256(b"stdin").hexdigest(), "stdin")
    path = Path(name)
    try:
        resolved = os.fsencode(os.path.realpath(path))
    except (OSError, ValueError):
        raise ReadError(f"{quoted(name)} cannot be the name of a file") from None
    return Source(name, path, hashlib.sha256(resolved).hexdigest(), path.stem)


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
        if sys.stdin is None:
            raise ReadError("there is no standard input")
        yield io.BytesIO(_drain(sys.stdin.buffer, limit))
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
        memory.require(2 * size, limit, f"an input of more than {memory.show_bytes(size)}")
    return b"".join(pieces)
