"""Who made this file? cnnviz writes into everything it draws and saves what it was made from.

A PNG carries a JSON text under the keyword `cnnviz`, saved maps carry `source` and `source_id` in their meta. The
source is named as it was typed; for identity there is the SHA-256 of its resolved path, never the path itself. Two
questions are answered from it: may this file be replaced by another run of the same command, and is this picture a
figure, whose labels and colours are not data?
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cnnviz.errors import CnnvizError

KEYWORD = "cnnviz"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

_LONGEST_RECORD = 16 << 20


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a figure says about itself.

    `command` drew it, from `source` (as typed) with the fingerprint `source_id`; `maps` is the name of the saved
    maps beside it, or None; `shapes` are the (C, H, W) of input and layers, `ranges` the [min, max] of each map.
    """

    command: str
    source: str
    source_id: str | None = None
    maps: str | None = None
    shapes: Sequence[Sequence[int]] = field(default=())
    ranges: Sequence[Sequence[float | None] | None] = field(default=())

    def to_text(self) -> str:
        """Return the record as one line of JSON in ASCII, for the PNG text chunk named by KEYWORD."""
        return json.dumps({"version": 1, **asdict(self)})


def of_png(file: BinaryIO) -> Record | None:
    """Return what a PNG says about how cnnviz made it, or None where it is none of ours; never raises for content.

    The file is read from its start, chunk by chunk up to the pixels, and left anywhere.
    """
    if file.read(8) != PNG_MAGIC:
        return None
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"IDAT":
            break
        if kind == b"tEXt" and length <= _LONGEST_RECORD:
            keyword, _, text = file.read(length).partition(b"\0")
            if keyword == KEYWORD.encode():
                return _from_text(text)
            file.seek(4, 1)
        else:
            file.seek(length + 4, 1)
    return None


def made_from(path: Path) -> str | None:
    """Return the fingerprint of the source a file of ours was made from; None for any other file."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            file.seek(0)
            if head == PNG_MAGIC:
                record = of_png(file)
                return record.source_id if record else None
            if head.startswith(b"PK"):
                from cnnviz.files.maps import read_source_id

                return read_source_id(file)
    except (OSError, CnnvizError):
        pass
    return None


def _from_text(text: bytes) -> Record:
    """Read a record back; what is broken in it is taken as not said."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    said: dict[str, Any] = data if isinstance(data, dict) else {}

    def word(key: str) -> str | None:
        value = said.get(key)
        return value if isinstance(value, str) else None

    return Record(
        command=word("command") or "", source=word("source") or "", source_id=word("source_id"), maps=word("maps")
    )
