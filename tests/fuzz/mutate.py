"""Spoil what was right: bytes, texts, JSON, and the checksums that would tell at once."""

from __future__ import annotations

import copy
import io
import random
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
CHANGES = (1, 1, 1, 1, 2, 2, 3, 8)  # few, as most inputs are refused after one
LONGEST = 1 << 16  # bytes
PNG = b"\x89PNG\r\n\x1a\n"


def spoiled(data: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Return `data` with one to eight changes; `seeds` are what pieces may be borrowed from."""
    out = bytearray(data)
    for _ in range(chance.choice(CHANGES)):
        _change(out, seeds, chance)
    del out[LONGEST:]
    if out.startswith(PNG) and chance.random() < 0.8:
        return with_checksums(bytes(out))
    return bytes(out)


def _change(out: bytearray, seeds: Sequence[bytes], chance: random.Random) -> None:
    # Headers stand in front and decide most: half of all changes are made there.
    place = chance.randrange(min(len(out), 64) if chance.random() < 0.5 else len(out)) if out else 0
    end = place + chance.choice((1, 2, 4, 16, 256))
    match chance.randrange(8):
        case 0 if out:
            out[place] ^= 1 << chance.randrange(8)
        case 1 if out:
            out[place] = chance.randrange(256)
        case 2:
            size = chance.choice((1, 2, 4))
            number = chance.choice(NUMBERS) & ((1 << 8 * size) - 1)
            out[place : place + size] = number.to_bytes(size, chance.choice(("big", "little")))
        case 3:
            del out[place:end]
        case 4:
            out[place:place] = out[place:end] * chance.choice((1, 2, 30))
        case 5:
            del out[place:]
        case 6:
            other = chance.choice(seeds)
            start = chance.randrange(len(other))
            out[place:end] = other[start : start + end - place]
        case _:
            out[place:place] = chance.randbytes(chance.choice((1, 4, 40)))


def with_checksums(data: bytes) -> bytes:
    """Return a PNG whose chunks all have the checksum of what is in them now, so that they are read on."""
    out, place = bytearray(data), 8
    while place + 12 <= len(out):
        end = place + 8 + int.from_bytes(out[place : place + 4], "big")
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(out)


def rezipped(data: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Return an archive with one of its members spoiled and packed again, checksums and all."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    hit = chance.randrange(len(members))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for number, (name, body) in enumerate(members):
            archive.writestr(name, spoiled(body, seeds, chance) if number == hit else body)
    return buffer.getvalue()


def retold(text: str, words: Sequence[str], chance: random.Random) -> str:
    """Return `text` with one to eight changes made of `words` and of its own pieces."""
    for _ in range(chance.choice(CHANGES)):
        place = chance.randint(0, len(text))
        end = place + chance.choice((0, 1, 2, 5, 20))
        match chance.randrange(4):
            case 0:
                piece = text[place:end] * chance.choice((0, 2, 50))
            case 1:
                piece = chr(
                    chance.choice((chance.randrange(128), chance.randrange(0x3000), chance.randrange(0x110000)))
                )
            case _:
                piece = chance.choice(words)
        text = text[:place] + piece + text[end:]
    return text[:LONGEST]


def tampered(value: Any, words: Sequence[Any], chance: random.Random) -> Any:
    """Return a copy of a JSON value with one to eight changes made of `words` and of its own pieces."""
    out = [copy.deepcopy(value)]
    gently = chance.random() < 0.5  # so that what checks types and shapes lets it pass
    for _ in range(chance.choice(CHANGES)):
        places = _places(out)
        soft = [place for place in places if type(place[0][place[1]]) in (str, float, bool)] if gently else []
        holder, key = chance.choice(soft or places)
        match 7 if soft else chance.randrange(10):
            case 0 if holder is not out:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(chance.choice([other[name] for other, name in places]))
            case 2 if isinstance(holder, list) and holder is not out:
                holder[key:key] = copy.deepcopy(holder[key : key + 1]) * chance.choice((1, 1, 1, 200))
            case 3 if isinstance(holder, dict):
                holder[str(chance.choice(words))] = copy.deepcopy(chance.choice(words))
            case 4:
                holder[key] = copy.deepcopy(chance.choice(words))
            case _:
                alike = [word for word in words if type(word) is type(holder[key])]
                holder[key] = copy.deepcopy(chance.choice(alike or words))
    return out[0]


def _places(holder: Any) -> list[tuple[Any, Any]]:
    """Return every place within a list or an object, and within what stands there, as a holder and a key."""
    found: list[tuple[Any, Any]] = []
    for key, value in holder.items() if isinstance(holder, dict) else enumerate(holder):
        found.append((holder, key))
        if isinstance(value, dict | list):
            found += _places(value)
    return found
