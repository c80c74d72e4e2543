"""The one door in: what a file is, by its content, and how large, before anything is decoded.

Pictures, saved maps, NumPy arrays and matrices typed by hand all become feature maps, and each says what it is, for
the commands treat them differently.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.shapes import Shape
from cnnviz.errors import ArgumentError, ReadError, printable, quoted
from cnnviz.files import memory, provenance
from cnnviz.files.ahead import PHOTOS
from cnnviz.files.matrix import CellError, decode, parse_file
from cnnviz.files.source import STDIN, open_source
from cnnviz.files.source import Source as Source
from cnnviz.files.source import source_of as source_of

Kind = Literal["picture", "maps", "array", "matrix"]

_CELL_BYTES = 12  # what a text matrix takes for each byte of its text, at most
_PIECE = 1 << 20
_LOOKS_NUMERIC = rb"(?i)\s*(?:#(?!define)|[+-]?\s*[0-9.]|\xe2\x88\x92|[+-]?(?:nan|inf))"


class Loaded(NamedTuple):
    """An input as feature maps, what kind of file it was, and notes on what was done beyond plain reading."""

    maps: FeatureMaps
    kind: Kind
    source: Source
    notes: Sequence[str] = ()


def read_input(
    name: str,
    *,
    layout: str | None = None,
    limit: int | None = None,
    measured: Callable[[Shape, Kind], None] | None = None,
) -> Loaded:
    """Read a picture, saved maps, an array or a matrix; `-` reads standard input.

    `layout` ("chw" or "hwc") says how a foreign 3-D array lies. `limit` is how many bytes of memory may be taken
    (None: half of the machine's). `measured` is called once the header is read, before the values are, and may
    refuse them by raising; a text has no header.

    Raises ReadError for what is missing, broken or none of these, MemoryLimitError for what is too large, and
    ArgumentError for a layout that does not exist or does not apply. Messages begin with the file's name.
    """
    layout = _known_layout(layout)
    source = source_of(name, limit)
    with open_source(source, limit) as file:
        if measured and _sniff(file) != "matrix":
            measured(*_measure(file, source, layout, limit))
            file.seek(0)
        maps, kind, notes = _read(file, source, layout, limit)
    named = FeatureMaps(maps.stored, maps.labels, history=maps.history, pictures=maps.pictures, source=source.name)
    return Loaded(named, kind, source, notes)


def read_shape(name: str, *, layout: str | None = None, limit: int | None = None) -> tuple[Shape, Source, Kind]:
    """Return (C, H, W) of an input, where it came from and what it is, from its header where that says it."""
    layout = _known_layout(layout)
    source = source_of(name, limit)
    with open_source(source, limit) as file:
        shape, kind = _measure(file, source, layout, limit)
    return shape, source, kind


def load_image(path: str | os.PathLike[str]) -> FeatureMaps:
    """Return a picture as feature maps: float32 in [0, 1], (3, H, W) or, for a grey one, (1, H, W).

    EXIF orientation is applied, transparency is laid over white, an animation gives its first frame.
    Raises ReadError for anything that is no picture, MemoryLimitError for one too large for half of the memory.
    """
    return _load(path, ("picture",), "not a picture")


def load_maps(path: str | os.PathLike[str]) -> FeatureMaps:
    """Return saved maps, an array (.npz, .npy) or a matrix (.csv, .txt) as feature maps, float32 (C, H, W).

    Raises ReadError for anything else, MemoryLimitError for what is too large for half of the memory.
    """
    return _load(path, ("maps", "array", "matrix"), "a picture, not saved maps: use load_image")


def _load(path: str | os.PathLike[str], kinds: tuple[Kind, ...], otherwise: str) -> FeatureMaps:
    name = os.fsdecode(path)
    loaded = read_input(name if name != STDIN else f".{os.sep}{STDIN}")
    if loaded.kind not in kinds:
        raise ReadError(f"{printable(name)}: {otherwise}")
    return loaded.maps


# ------------------------------------------------------------------------------------------------- the dispatch


def _measure(file: BinaryIO, source: Source, layout: str | None, limit: int | None) -> tuple[Shape, Kind]:
    """Return (C, H, W) and the kind of an input, from its header where it has one."""
    kind = _sniff(file)
    if kind == "npz":
        from cnnviz.files.maps import shape_npz

        shape, is_ours = shape_npz(file, layout=layout)
        return shape, "maps" if is_ours else "array"
    if kind == "npy":
        from cnnviz.files.maps import shape_npy

        return shape_npy(file, layout=layout), "array"
    if kind == "picture":
        from cnnviz.files import decoder, pixels

        try:
            _refuse_figure(file, source)
            shape = pixels.measure(file, limit)
        except decoder.NotAPictureError:
            raise _unknown(file) from None
        _no_layout(layout)
        return shape, "picture"
    maps, matrix, _ = _read(file, source, layout, limit)
    return maps.shape, matrix


def _read(file: BinaryIO, source: Source, layout: str | None, limit: int | None) -> tuple[FeatureMaps, Kind, list[str]]:
    kind = _sniff(file)
    if kind in ("npz", "npy"):
        from cnnviz.files.maps import decode_npy, decode_npz

        decoded = (decode_npz if kind == "npz" else decode_npy)(file, layout=layout, limit=limit)
        return decoded.maps, "maps" if decoded.meta else "array", decoded.notes
    _no_layout(layout)
    if kind == "picture":
        from cnnviz.files import decoder, images

        _refuse_figure(file, source)
        try:
            picture = images.decode(file, limit)
        except decoder.NotAPictureError:
            raise _unknown(file) from None
        return picture.maps, "picture", picture.notes
    return _matrix(file, limit), "matrix", []


def _sniff(file: BinaryIO) -> Literal["npz", "npy", "matrix", "picture"]:
    """Tell from its first bytes how to read a file: anything that is no array and no numbers may be a picture."""
    head = file.read(4096)
    file.seek(0)
    if not head:
        raise ReadError("the file is empty")
    if head.startswith(b"PK"):
        return "npz"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith(PHOTOS):  # told before the pattern is compiled, which takes two milliseconds
        return "picture"
    start = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or (re.match(_LOOKS_NUMERIC, start) and decode(head) is not None):
        return "matrix"
    return "picture"


def _matrix(file: BinaryIO, limit: int | None) -> FeatureMaps:
    """Read a text file of numbers: one map, or several with their labels."""
    text = _text(file, limit)
    if text is None:
        raise ReadError(_NOTHING_KNOWN)
    try:
        blocks = parse_file(text)
    except CellError as error:
        raise ReadError(f"not a matrix of numbers: {error}") from None
    if len({block.values.shape for block in blocks}) > 1:
        raise ReadError("not a matrix of numbers: its maps are of different sizes")
    import numpy as np

    labels = [block.label if block.label is not None else f"map {i}" for i, block in enumerate(blocks)]
    return FeatureMaps(np.stack([block.values for block in blocks]), labels)


def _text(file: BinaryIO, limit: int | None) -> str | None:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    memory.require(size * _CELL_BYTES, limit, f"a text of {memory.show_bytes(size)}")
    return decode(file.read())


_NOTHING_KNOWN = "not a picture, saved maps or a matrix of numbers"


def _unknown(file: BinaryIO) -> ReadError:
    """Return the error for a file that no reader knows; a text is pointed at where it stops being numbers."""
    file.seek(0)
    text = decode(file.read(_PIECE))
    if text is None:
        return ReadError(_NOTHING_KNOWN)
    try:
        parse_file(text)
    except CellError as error:
        return ReadError(f"{_NOTHING_KNOWN} ({error})")
    return ReadError(_NOTHING_KNOWN)


def _refuse_figure(file: BinaryIO, source: Source) -> None:
    """Raise ReadError where the picture is a figure that cnnviz drew."""
    record = provenance.of_figure(file)
    file.seek(0)
    if record is None:
        return
    what = "a figure that cnnviz drew: its labels and colours are not data"
    if record.maps:
        beside = Path(source.path.parent if source.path else "", os.path.basename(record.maps))
        if beside.exists():
            raise ReadError(f"{what}; give the saved maps instead, {printable(str(beside))}")
    made = f", {printable(record.source)}" if record.source else ""
    raise ReadError(f"{what}; give what it was made from{made}, or save the maps with --save")


def _known_layout(layout: str | None) -> str | None:
    if layout is None or layout.lower() in ("chw", "hwc"):
        return layout and layout.lower()
    raise ArgumentError(f"unknown layout {quoted(layout)}: chw or hwc", argument="layout")


def _no_layout(layout: str | None) -> None:
    if layout is not None:
        raise ArgumentError("a layout is for arrays (.npy, .npz) only: leave out --layout", argument="layout")
