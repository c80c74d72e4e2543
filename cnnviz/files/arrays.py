"""NumPy's own files, measured from their headers before a single value is read.

A header is a few bytes that say type, order and shape. Types that hold no plain numbers are refused there, nothing
is ever unpickled, and memory is asked for before it is taken. Values then arrive as float32, block by block, each
block checked: a finite number beyond float32 is refused, NaN and infinity stay what they are.
"""

from __future__ import annotations

import math
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from cnnviz.errors import CnnvizError, ReadError, quoted, reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

NPY_MAGIC = b"\x93NUMPY"

_BLOCK = 1 << 20  # values converted at once
_LONGEST_HEADER = 10_000  # bytes; a real one has about a hundred
_LONGEST_LIST = 1 << 20  # bytes that say what is in an archive: some ten thousand files
_EXACT = 1 << 24  # up to here float32 holds every whole number
_FLOAT32 = np.finfo(np.float32)


class Header(NamedTuple):
    """What a .npy header says: the values' type, their shape, and whether the first axis runs fastest."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def size(self) -> int:
        """How many values there are, as an exact integer."""
        return math.prod(self.shape)


class Member(NamedTuple):
    """One array of a .npz: its name without `.npy`, and where it lies."""

    name: str
    info: zipfile.ZipInfo


def read_header(file: IO[bytes]) -> Header:
    """Read the header of a .npy stream and stop before the first value; raises ReadError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            major, _ = np.lib.format.read_magic(file)
            read = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}[major]
            shape, fortran, dtype = read(file, max_header_size=_LONGEST_HEADER)
    except KeyError:
        raise ReadError("an array of a .npy version that holds no plain numbers") from None
    except Exception as error:
        if "Header info length" in str(error):  # NumPy's, which speaks of an option of its own
            raise ReadError(f"the header of the array is longer than {_LONGEST_HEADER} bytes: it is not read") from None
        raise ReadError(f"the header of the array is broken ({reason(error)}): save it again") from None
    return Header(dtype, tuple(int(n) for n in shape), bool(fortran))


def check_numbers(header: Header) -> None:
    """Raise ReadError where an array holds anything but real numbers, or nothing at all."""
    dtype = header.dtype
    if dtype.hasobject:
        raise ReadError("the array holds Python objects, which could run code: save it as plain numbers")
    if dtype.names is not None:
        raise ReadError("the array holds records with named fields: save one field as a plain array")
    if dtype.kind == "c":
        raise ReadError("the array holds complex numbers: save its real part or its magnitude")
    if dtype.kind not in "fiub":
        raise ReadError(f"the array holds {dtype.name}, not numbers")
    if 0 in header.shape:
        raise ReadError(f"the array is empty: its shape is {show_shape(header.shape)}")
    if min(header.shape, default=1) < 0:
        raise ReadError(f"the header of the array is broken (its shape is {show_shape(header.shape)})")


def read_values(file: IO[bytes], header: Header, into: NDArray[np.float32]) -> None:
    """Read the values behind a header into `into`, a float32 array or view of the header's shape.

    Raises ReadError where the file ends too early or a finite value is beyond float32.
    """
    if header.fortran:
        into = into.T
    if into.flags.c_contiguous and header.dtype == np.dtype("<f4") == into.dtype:
        _fill(file, into.reshape(-1).view(np.uint8).data)
        return
    for target in _blocks(into):
        raw = bytearray(target.size * header.dtype.itemsize)
        _fill(file, memoryview(raw))
        block = np.frombuffer(raw, header.dtype).reshape(target.shape)
        if header.dtype.kind == "b":
            block = np.frombuffer(raw, np.uint8).reshape(target.shape) != 0
        with np.errstate(all="ignore"):
            target[...] = block
            if header.dtype.kind == "f" and header.dtype.itemsize > 4:
                beyond = np.isfinite(block) & (np.abs(block) > _FLOAT32.max)
                if beyond.any():
                    raise ReadError(f"the value {block[beyond][0]:.3g} is beyond float32, whose largest is 3.4e38")


def notes_on(header: Header, values: NDArray[np.float32]) -> list[str]:
    """Return what to tell the user about values, as they were read, that are not as they stand in the file."""
    kind, name = header.dtype.kind, header.dtype.name
    if kind == "b":
        return ["true and false are read as 1 and 0"]
    if kind in "iu":
        if header.dtype.itemsize > 2 and max(values.max(), -values.min()) >= _EXACT:
            return [f"{name} values are taken as they are, those beyond {_EXACT} rounded to float32"]
        return [f"{name} values are taken as they are: 0–255 stays 0–255"]
    if header.dtype.itemsize > 4:
        return [f"{name} values are rounded to float32"]
    return []


@contextmanager
def open_zip(file: IO[bytes]) -> Iterator[tuple[zipfile.ZipFile, list[Member]]]:
    """Open a .npz and list its arrays; raises ReadError for a broken archive, a duplicate name, a locked member."""
    paced = _Paced(file)
    try:
        archive = zipfile.ZipFile(cast(IO[bytes], paced))
    except CnnvizError:
        raise
    except Exception as error:
        raise ReadError(f"the archive is broken or cut off ({reason(error)})") from None
    paced.most = sys.maxsize
    with archive:
        members: dict[str, Member] = {}
        for info in archive.infolist():
            if not info.filename.endswith(".npy"):
                continue
            name = info.filename[:-4]
            if name in members:
                raise ReadError(f"the archive holds two arrays named {quoted(name)}")
            if info.flag_bits & 1:
                raise ReadError("the archive is locked with a password")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ReadError("the archive is compressed in a way that NumPy does not write")
            members[name] = Member(name, info)
        yield archive, list(members.values())


class _Paced:
    """A file while an archive's list is read, which zipfile takes at once and turns into objects ten times its size."""

    def __init__(self, file: IO[bytes]) -> None:
        self.most = _LONGEST_LIST
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > self.most:
            raise ReadError("the archive lists far more files than the one array that is wanted")
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def open_member(archive: zipfile.ZipFile, member: Member) -> Iterator[tuple[IO[bytes], Header]]:
    """Open one array of a .npz at its first value; raises ReadError also for what breaks while it is read."""
    try:
        with archive.open(member.info) as stream:
            header = read_header(stream)
            yield stream, header
    except (CnnvizError, MemoryError):
        raise
    except Exception as error:
        raise ReadError(f"the array {quoted(member.name)} is broken ({reason(error)})") from None


def show_shape(shape: tuple[int, ...]) -> str:
    """Return a shape as people write it: `3×224×224`."""
    return "×".join(map(str, shape)) or "a single number"


def _blocks(into: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Cut an array into views of at most `_BLOCK` values, in the order of its indices."""
    if into.size <= _BLOCK:
        yield into
    elif into.ndim > 1 and into[0].size > _BLOCK:
        for part in into:
            yield from _blocks(part)
    else:
        rows = _BLOCK // into[0].size
        for start in range(0, len(into), rows):
            yield into[start : start + rows]


def _fill(file: IO[bytes], buffer: memoryview) -> None:
    """Read exactly as many bytes as the buffer holds."""
    position = 0
    while position < len(buffer):
        count = file.readinto(buffer[position : position + (1 << 24)])  # type: ignore[attr-defined]
        if not count:
            raise ReadError("the array is cut off: the file ends before its values do")
        position += count
