"""Who made this file? cnnviz writes into everything it draws and saves what it was made from.

A PNG carries a JSON text under the keyword `cnnviz`, a GIF the same as its first comment, a WebP in its XMP packet;
saved maps carry `source` and `source_id` in their meta. The source is named as it was typed; for identity there is the
SHA-256 of its resolved path, never the path itself, and for standard input that of its bytes. Two questions are
answered from it: may this file be replaced by another run of the same command, and is this picture a figure, whose
labels and colours are not data?
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cnnviz.errors import CnnvizError
from cnnviz.files.png_chunks import PIXELS, PNG_MAGIC, chunks

KEYWORD = "cnnviz"
WEBP = b"RIFF....WEBP"

_LONGEST_RECORD = 16 << 20


class Record(NamedTuple):
    """What a figure says about itself.

    `command` drew it, from `source` (as typed) with the fingerprint `source_id`; `maps` is the name of the saved
    maps beside it, or None; `shapes` are the (C, H, W) of input and layers, `ranges` the [min, max] of each map.
    """

    command: str
    source: str
    source_id: str | None = None
    maps: str | None = None
    shapes: Sequence[Sequence[int]] = ()
    ranges: Sequence[Sequence[float | None] | None] = ()

    def to_text(self) -> str:
        """Return the record as one line of JSON in ASCII, for the PNG text chunk named by KEYWORD."""
        return json.dumps({"version": 1, **self._asdict()})


def of_png(file: BinaryIO) -> Record | None:
    """Return what a PNG says about how cnnviz made it, or None where it is none of ours; never raises for content.

    The file is read from its start, chunk by chunk up to the pixels, and left anywhere.
    """
    for kind, length in chunks(file):
        if kind == PIXELS:
            break
        if kind == b"tEXt" and length <= _LONGEST_RECORD:
            keyword, _, text = file.read(length).partition(b"\0")
            if keyword == KEYWORD.encode():
                return _from_text(text)
    return None


def of_figure(file: BinaryIO) -> Record | None:
    """Return what a picture says about how cnnviz drew it, None where it is none of ours; never raises for content."""
    head = file.read(len(WEBP))
    file.seek(0)
    if head[:8] == PNG_MAGIC:
        return of_png(file)
    if head[:6] == b"GIF89a":
        return of_gif(file)
    return of_webp(file) if head[:4] + head[8:] == WEBP[:4] + WEBP[8:] else None


def of_gif(file: BinaryIO) -> Record | None:
    """Return what a GIF says about how cnnviz made it: our record is the comment right after its palette."""
    head = file.read(13)
    if len(head) < 13 or not head[10] & 0x80:
        return None
    file.seek(3 * (2 << (head[10] & 7)), 1)
    if file.read(2) != b"\x21\xfe":
        return None
    text = b""
    while (size := file.read(1)) not in (b"", b"\0") and len(text) < _LONGEST_RECORD:
        text += file.read(size[0])
    return _from_text(text) if text.startswith(b'{"version"') else None


def of_webp(file: BinaryIO) -> Record | None:
    """Return what a WebP says about how cnnviz made it, in the XMP chunk."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        length = int.from_bytes(head[4:], "little")
        if head[:4] != b"XMP ":
            file.seek(length + length % 2, 1)
            continue
        packet = file.read(min(length, _LONGEST_RECORD)).decode("utf-8", "replace")
        found = re.search(r'rdf:about="cnnviz"><rdf:value>(.*?)</rdf:value>', packet, re.DOTALL)
        from html import unescape

        return _from_text(unescape(found[1]).encode()) if found else None
    return None


def made_from(path: Path) -> str | None:
    """Return the fingerprint of the source a file of ours was made from; None for any other file."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            file.seek(0)
            if head.startswith(b"PK"):
                from cnnviz.files.maps import read_source_id

                return read_source_id(file)
            record = of_figure(file)
            return record.source_id if record else None
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
