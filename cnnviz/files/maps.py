"""Saved maps: values that any NumPy can open, and beside them a note of what they are.

A `.npz` holds `maps`, float32 (C, H, W), and `meta`, a JSON text: the version of this format, a label for each map,
the source they came from (`source` as it was typed, `source_id` its fingerprint), which maps are still pictures,
and the layers that made them. `.npz` and `.npy` from elsewhere are read too, with labels made up.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.errors import ArgumentError, ReadError, printable, quoted
from cnnviz.files import memory
from cnnviz.files.arrays import (
    Header,
    Member,
    check_numbers,
    notes_on,
    open_member,
    open_zip,
    read_header,
    read_values,
    show_shape,
)
from cnnviz.files.meta import Meta, encode_meta, read_meta

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from cnnviz.core.shapes import Shape

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the same data give the same bytes


class Decoded(NamedTuple):
    """Maps out of a file, what the file said about them, and notes on what was done beyond plain reading."""

    maps: FeatureMaps
    meta: Meta | None
    notes: list[str]


# ------------------------------------------------------------------------------------------------------- writing


def as_maps(maps: FeatureMaps | ArrayLike) -> FeatureMaps:
    """Return plain arrays as feature maps, and float64 as float32, which is what files hold.

    Raises ArgumentError for what FeatureMaps refuses, and for finite values beyond float32.
    """
    maps = maps if isinstance(maps, FeatureMaps) else FeatureMaps(maps)
    if maps.values.dtype != np.float32:
        with np.errstate(over="ignore"):
            values = maps.values.astype(np.float32)
        if (np.isinf(values) & np.isfinite(maps.values)).any():
            raise ArgumentError("saved maps are float32, and some values are beyond it", argument="maps")
        maps = FeatureMaps(values, maps.labels, history=maps.history, pictures=maps.pictures, source=maps.source)
    return maps


def encode_npz(maps: FeatureMaps, file: BinaryIO, source_id: str | None = None) -> None:
    """Write maps and their meta as an uncompressed .npz; the same maps always give the same bytes."""
    text = encode_meta(maps, source_id)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in (("maps", maps.values), ("meta", np.array(text))):
            info = zipfile.ZipInfo(f"{name}.npy", _FIXED_TIME)
            info.external_attr = 0o600 << 16
            with archive.open(info, "w", force_zip64=True) as stream:
                _write_npy(array, stream)


def encode_npy(maps: FeatureMaps, file: BinaryIO, source_id: str | None = None) -> None:
    """Write the values alone, float32 (C, H, W), as a .npy."""
    _write_npy(maps.values, file)


def encode_csv(maps: FeatureMaps, file: BinaryIO, source_id: str | None = None) -> None:
    """Write the values as text, one row a line; several maps one after another, each under `# map 0: label`.

    numpy.loadtxt(file, delimiter=",") gives them as (C * H, W); cnnviz reads them back with their labels. Each
    number is the shortest that gives the same float32 again.
    """
    for index, (label, values) in enumerate(zip(maps.labels, maps.values, strict=True)):
        file.write(f"# map {index}: {printable(label)}\n".encode())
        for row in values:
            file.write((",".join(row.astype("U")) + "\n").encode())


ENCODERS: dict[str, Callable[[FeatureMaps, BinaryIO, str | None], None]] = {
    ".npz": encode_npz,
    ".npy": encode_npy,
    ".csv": encode_csv,
}


def encoder(name: str) -> Callable[[FeatureMaps, BinaryIO, str | None], None]:
    """Return the way to write maps that the ending of a name asks for; no ending that is known: .npz."""
    return ENCODERS.get(PurePath(name).suffix.lower(), encode_npz)


def _write_npy(array: NDArray[Any], file: IO[bytes]) -> None:
    # numpy.save seeks, which a pipe cannot; header and values, written one after the other, are the same bytes.
    array = np.ascontiguousarray(array) if array.ndim else array
    if array.dtype.kind == "f":
        array = array.astype("<f4", copy=False)
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
    view = array.reshape(-1).view(np.uint8).data
    for start in range(0, len(view), 1 << 24):
        file.write(view[start : start + (1 << 24)])


# ------------------------------------------------------------------------------------------------------- reading


def decode_npy(file: IO[bytes], *, layout: str | None = None, limit: int | None = None) -> Decoded:
    """Read a .npy of 2-D, 3-D or (1, C, H, W) numbers; raises ReadError or MemoryLimitError."""
    header = read_header(file)
    values = _read(file, header, layout, limit)
    notes = notes_on(header, values)
    if file.read(1):
        notes.append("what follows the first array in the file is ignored")
    return Decoded(FeatureMaps(values), None, notes)


def decode_npz(file: IO[bytes], *, layout: str | None = None, limit: int | None = None) -> Decoded:
    """Read saved maps, or a foreign .npz with one array or one named `maps`; raises ReadError or MemoryLimitError."""
    with open_zip(file) as (archive, members):
        member, meta_member, notes = _choose(members)
        with open_member(archive, member) as (stream, header):
            if meta_member is None:
                values = _read(stream, header, layout, limit)
                return Decoded(FeatureMaps(values), None, notes + notes_on(header, values))
            _, meta = _described(archive, meta_member, header, layout)
            values = _read(stream, header, "chw", limit)
    maps = FeatureMaps(values, meta.labels, history=meta.history, pictures=meta.pictures, source=meta.source)
    return Decoded(maps, meta, notes + notes_on(header, values))


def shape_npy(file: IO[bytes], *, layout: str | None = None) -> Shape:
    """Return (C, H, W) of a .npy from its header."""
    return _shape(read_header(file), layout)


def shape_npz(file: IO[bytes], *, layout: str | None = None) -> tuple[Shape, bool]:
    """Return (C, H, W) of the maps in a .npz from their header, and whether cnnviz saved them."""
    with open_zip(file) as (archive, members):
        member, meta_member, _ = _choose(members)
        with open_member(archive, member) as (_, header):
            if meta_member is None:
                return _shape(header, layout), False
            return _described(archive, meta_member, header, layout)[0], True


def read_source_id(file: IO[bytes]) -> str | None:
    """Return the fingerprint of the source that saved maps were made from, or None where there is none."""
    with open_zip(file) as (archive, members):
        member, meta_member, _ = _choose(members)
        if meta_member is None:
            return None
        with open_member(archive, member) as (_, header):
            return _described(archive, meta_member, header, None)[1].source_id


def _described(archive: zipfile.ZipFile, member: Member, header: Header, layout: str | None) -> tuple[Shape, Meta]:
    """Return the shape of saved maps and what they say about themselves, once both are what cnnviz writes."""
    if layout is not None:
        raise ReadError("saved maps say themselves how they lie: leave out --layout")
    if len(header.shape) != 3:
        raise ReadError(f"saved maps are (C, H, W), and these are {show_shape(header.shape)}")
    shape = _shape(header, "chw")
    return shape, read_meta(archive, member, shape)


def _choose(members: list[Member]) -> tuple[Member, Member | None, list[str]]:
    """Return the array of maps, the meta beside it if there is one, and notes."""
    found = {member.name: member for member in members}
    meta = found.pop("meta", None)
    if "maps" in found:
        others = [quoted(name, 20) for name in found if name != "maps"]
        return (
            found["maps"],
            meta,
            [f"besides 'maps', {_list(others)} in the file is ignored"] if others else [],
        )
    if meta is not None and found:
        raise ReadError("the saved maps are broken: there is a 'meta' but no 'maps'")
    if len(found) == 1:
        return next(iter(found.values())), None, []
    if not found:
        raise ReadError("a zip archive without arrays")
    names = _list([quoted(name, 20) for name in found])
    raise ReadError(f"holds {len(found)} arrays, {names}: save the one to show as 'maps'")


def _list(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


def _read(file: IO[bytes], header: Header, layout: str | None, limit: int | None) -> NDArray[np.float32]:
    """Read values of any layout into one new (C, H, W) array."""
    shape = _shape(header, layout)
    memory.require(4 * header.size, limit, f"an array of {show_shape(header.shape)} values")
    values = np.empty(shape, np.float32)
    as_stored = values.transpose(1, 2, 0) if layout == "hwc" and len(header.shape) > 2 else values
    read_values(file, header, as_stored.reshape(header.shape) if len(header.shape) < 4 else as_stored[None])
    return values


def _shape(header: Header, layout: str | None) -> Shape:
    """Return (C, H, W) of an array, or raise ReadError where it is no stack of maps."""
    check_numbers(header)
    shape = header.shape
    if len(shape) == 4 and shape[0] == 1:
        shape = shape[1:]
    if len(shape) == 2:
        return 1, shape[0], shape[1]
    if len(shape) == 4:
        raise ReadError(f"a batch of {shape[0]} ({show_shape(shape)}): save one of them, (C, H, W)")
    if len(shape) != 3:
        raise ReadError(
            f"the array has {len(shape)} {'axis' if len(shape) == 1 else 'axes'}; maps are (H, W) or (C, H, W)"
        )
    if layout == "hwc":
        return shape[2], shape[0], shape[1]
    if layout is None and shape[2] in (1, 3, 4) and shape[0] > 4:
        raise ReadError(f"{show_shape(shape)} looks like (H, W, C): say --layout hwc, or --layout chw if it is not")
    return shape[0], shape[1], shape[2]
