"""Kernels from files: .npy, .npz, .csv, .txt, .json, told apart by what is in them.

One kernel is (kH, kW), a bank (O, kH, kW), weights with channels (O, C, kH, kW), as PyTorch keeps them; Keras keeps
them (kH, kW, C, O), which `layout=hwio` turns round.
"""

from __future__ import annotations

import json
import os
from array import array
from typing import IO, TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np

from cnnviz.errors import KernelError, ReadError, quoted, reason
from cnnviz.files import memory
from cnnviz.files.arrays import (
    NPY_MAGIC,
    Header,
    check_numbers,
    open_member,
    open_zip,
    read_header,
    read_values,
    show_shape,
)
from cnnviz.files.matrix import FLOAT32_MAX, CellError, decode, parse_file
from cnnviz.files.source import open_source, source_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

_TEXT_BYTES = 40  # what Python's objects take for each byte of a JSON text, at most


def read_kernels(path: str, *, hwio: bool = False, limit: int | None = None) -> Floats:
    """Return the weights in a file, (O, kH, kW) or (O, C, kH, kW); raises KernelError, or MemoryLimitError."""
    try:
        with open_source(source_of(path), limit) as file:
            return _as_weights(_decode(file, limit), hwio)
    except ReadError as error:
        raise KernelError(str(error), argument="kernel") from None


def _decode(file: BinaryIO, limit: int | None) -> Floats:
    head = file.read(8)
    file.seek(0)
    if head.startswith(NPY_MAGIC):
        return _measured(file, read_header(file), limit)
    if head.startswith(b"PK"):
        with open_zip(file) as (archive, members):
            if len(members) != 1:
                names = ", ".join(quoted(member.name, 20) for member in members[:4]) or "none"
                raise ReadError(f"a .npz with kernels holds one array, and this one holds {len(members)} ({names})")
            with open_member(archive, members[0]) as (stream, header):
                return _measured(stream, header, limit)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    memory.require(size * _TEXT_BYTES, limit, f"a text of {memory.show_bytes(size)}")
    text = decode(file.read())
    if text is None:
        raise ReadError("not a kernel: neither an array of NumPy nor a text")
    if text.lstrip().startswith(("[", "{")):
        return _from_json(text)
    try:
        blocks = parse_file(text, special=False)
    except CellError as error:
        raise ReadError(str(error)) from None
    if len(blocks) > 1:
        raise ReadError("a text file holds one kernel: use .npy or .json for several")
    return blocks[0].values


def _measured(file: IO[bytes], header: Header, limit: int | None) -> Floats:
    check_numbers(header)
    if header.shape == ():  # a single number is a 1×1 kernel, as everywhere
        header = header._replace(shape=(1, 1))
    if not 2 <= len(header.shape) <= 4:
        raise ReadError(_wrong_axes(len(header.shape)))
    memory.require(8 * header.size, limit, f"a kernel of {show_shape(header.shape)} weights")
    values = np.empty(header.shape, np.float32)
    read_values(file, header, values)
    return values


def _from_json(text: str) -> Floats:
    """Read nested lists of numbers."""
    try:
        data = json.loads(text)
    except RecursionError:
        raise ReadError("the lists are nested too deeply: at most 4") from None
    except ValueError as error:
        raise ReadError(f"not JSON ({reason(error)})") from None
    if isinstance(data, dict):
        raise ReadError("a JSON object, not numbers: write nested lists, such as [[1, 0, -1], [2, 0, -2]]")
    shape: list[int] = []
    level = data
    while isinstance(level, list) and len(shape) < 5:
        shape.append(len(level))
        level = level[0] if level else None
    if 0 in shape:
        raise ReadError("there are no numbers in it")
    if not 2 <= len(shape) <= 4:
        raise ReadError(_wrong_axes(len(shape)))
    flat = array("d")
    _flatten(data, shape, [], flat)
    return np.array(flat).astype(np.float32).reshape(shape)


def _flatten(item: object, shape: list[int], at: list[int], into: array[float]) -> None:
    """Append the numbers of nested lists, each list as long as `shape` says; raises ReadError with the place."""
    place = f"[{']['.join(map(str, at))}]" if at else "the outer list"
    if len(at) == len(shape):
        if isinstance(item, bool) or not isinstance(item, int | float):
            raise ReadError(f"{place} is {quoted(json.dumps(item), 30)}, not a number")
        if not abs(item) <= FLOAT32_MAX:
            raise ReadError(f"{place} is not finite, or beyond float32")
        into.append(item)
        return
    if not isinstance(item, list) or len(item) != shape[len(at)]:
        has = f"{len(item)} items" if isinstance(item, list) else "no list"
        raise ReadError(f"{place} has {has} where others have {shape[len(at)]}: rows must be equally long")
    for index, inner in enumerate(item):
        _flatten(inner, shape, [*at, index], into)


def _as_weights(values: Floats, hwio: bool) -> Floats:
    if not np.isfinite(values).all():
        index = tuple(map(int, np.argwhere(~np.isfinite(values))[0]))
        raise ReadError(f"the value at {list(index)} is {values[index]}: every number must be finite")
    if hwio:
        if values.ndim != 4:
            raise ReadError(f"layout=hwio is for 4-D weights, and these are {show_shape(values.shape)}")
        return np.ascontiguousarray(values.transpose(3, 2, 0, 1))
    return values[None] if values.ndim == 2 else values


def _wrong_axes(count: int) -> str:
    return f"kernels are 2-D (kH, kW), 3-D (O, kH, kW) or 4-D (O, C, kH, kW), not {count}-D"
