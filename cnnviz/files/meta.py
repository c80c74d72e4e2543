"""What saved maps say about themselves: a JSON text beside the values, every key of it checked when it is read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.history import LONGEST_TEXT, LayerRecord
from cnnviz.core.receptive import growth
from cnnviz.core.shapes import LIMIT, Shape
from cnnviz.errors import ArgumentError, ReadError, reason
from cnnviz.files.arrays import Member, open_member, show_shape

T = TypeVar("T")

VERSION = 1

_LONGEST_META = 32 << 20  # bytes, at four for each character
_LONGEST_NUMBER = 100  # digits
_MOST_LAYERS = 1000


class Meta(NamedTuple):
    """What saved maps say about themselves."""

    labels: list[str]
    source: str
    source_id: str | None
    pictures: list[bool]
    history: tuple[LayerRecord, ...]


def encode_meta(maps: FeatureMaps, source_id: str | None) -> str:
    """Return the JSON text that goes along with maps, in ASCII; raises ArgumentError for what `read_meta` refuses."""
    data = {
        "version": VERSION,
        "labels": maps.labels,
        "source": maps.source,
        "source_id": source_id,
        "pictures": list(maps.pictures),
        "history": [record.to_json() for record in maps.history],
    }
    text = json.dumps(data)
    try:
        _check_meta(data, maps.shape)
        if len(text) * 4 > _LONGEST_META:
            raise ArgumentError(f"it is longer than {_LONGEST_META // 4:,} characters")
    except ArgumentError as error:
        raise ArgumentError(
            f"what these maps say about themselves could not be read again: {error}; "
            "save their values alone, as .npy or .csv",
            argument="maps",
        ) from None
    return text


def read_meta(archive: zipfile.ZipFile, member: Member, shape: Shape) -> Meta:
    """Read and check the JSON beside the maps; every key has its type, or the file is refused."""
    with open_member(archive, member) as (stream, header):
        if header.dtype.kind != "U" or header.shape != ():
            raise ReadError("'meta' in the saved maps is not a text")
        if header.dtype.itemsize > _LONGEST_META:
            raise ReadError("'meta' in the saved maps is larger than any that cnnviz writes")
        raw = stream.read(header.dtype.itemsize)
        if len(raw) != header.dtype.itemsize:
            raise ReadError("'meta' in the saved maps is cut off")
        text = str(np.frombuffer(raw, header.dtype)[0]) if raw else ""
    try:
        data = json.loads(text, parse_int=_parse_int)
    except RecursionError:
        raise ReadError("'meta' in the saved maps is nested too deeply") from None
    except ValueError as error:
        raise ReadError(f"'meta' in the saved maps is no JSON ({reason(error)})") from None
    try:
        return _check_meta(data, shape)
    except ArgumentError as error:
        raise ReadError(f"'meta' in the saved maps is not what cnnviz writes: {error}") from None


def _parse_int(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _check_meta(data: object, shape: Shape) -> Meta:
    if not isinstance(data, dict):
        raise ArgumentError("it is not an object")
    version = data.get("version")
    if type(version) is not int or version < 1:
        raise ArgumentError("it has no 'version'")
    if version > VERSION:
        raise ReadError(f"saved by a newer cnnviz (format {version}; this one reads {VERSION}): upgrade cnnviz")
    count = shape[0]
    source_id = data.get("source_id")
    if source_id is not None and not isinstance(source_id, str):
        raise ArgumentError("'source_id' is not a text")
    if not isinstance(data.get("source"), str):
        raise ArgumentError("'source' is not a text")
    history = data.get("history")
    if not isinstance(history, list):
        raise ArgumentError("'history' is not a list")
    if len(history) > _MOST_LAYERS:
        raise ArgumentError(f"its 'history' has {len(history)} layers, more than {_MOST_LAYERS}")
    records = tuple(LayerRecord.from_json(layer) for layer in history)
    _check_chain(records, shape)
    labels = _list_of(str, data.get("labels"), count, "labels")
    if longest := next((text for text in (data["source"], *labels) if len(text) > LONGEST_TEXT), None):
        raise ArgumentError(f"it has a name of {len(longest):,} characters, more than {LONGEST_TEXT:,}")
    return Meta(
        labels=labels,
        source=data["source"],
        source_id=source_id,
        pictures=_list_of(bool, data.get("pictures", [False] * count), count, "pictures"),
        history=records,
    )


def _check_chain(records: Sequence[LayerRecord], shape: Shape) -> None:
    """Raise ArgumentError where a layer's output, whole or cropped, is not what the next one or the maps begin with."""
    after = [(f"layer {i} takes", record.input_shape) for i, record in enumerate(records[1:], start=2)]
    for i, (record, (what, taken)) in enumerate(zip(records, [*after, ("the maps are", shape)], strict=False), start=1):
        given = record.output_shape
        if taken[0] != given[0] or taken[1] > given[1] or taken[2] > given[2]:
            raise ArgumentError(f"its layer {i} gives {show_shape(given)}, and {what} {show_shape(taken)}")
    for row in growth(records)[-1:]:
        if max(*row.size, *row.jump) >= LIMIT:
            raise ArgumentError("its layers together reach further than any input could")


def _list_of(kind: type[T], value: object, count: int, key: str) -> list[T]:
    if not isinstance(value, list) or len(value) != count or not all(type(item) is kind for item in value):
        raise ArgumentError(f"{key!r} is not a list of {count}, one for each map")
    return value
