"""How wide is a text, does it fit, and which font has its characters?

Widths are measured once at 400 pixels and scaled down, so a layout is the same at every scale and in every format.
The typeface that ships with cnnviz has Latin letters and the signs of mathematics; any other character is taken from
the first system font that has it, and is "?" where none has.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from os import environ
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont

MEASURE = 400
"""The size at which widths are measured, in pixels."""

REGULAR = Path(__file__).with_name("fonts") / "Inter-400Regular.ttf"
SEMIBOLD = Path(__file__).with_name("fonts") / "Inter-600SemiBold.ttf"

COVERED = frozenset(
    (set(map(chr, range(0x20, 0x180))) - set(map(chr, range(0x7F, 0xA0))) - set("\N{SOFT HYPHEN}ŉ"))
    | set("ȘșȚț€–—‘’“”…→←↑↓−≈≠≤≥∑Σσλμπ√∞●✓")
)
"""The characters that the shipped typeface has; its digits are all of one width."""

LIKELY = ("cjk", "noto", "pingfang", "hiragino", "msyh", "yahei", "gothic", "arial", "unicode", "dejavu", "segoe")
"""Names of fonts worth asking first; the others follow in the order of their paths."""
MOST_FONTS = 400


class Glyph(NamedTuple):
    """A character, the font it is taken from, and where it stands: `x` pixels from the start at the measuring size."""

    char: str
    font: Path
    x: float


@cache
def font(path: Path, size: float) -> ImageFont.FreeTypeFont:
    """Return a font at a size in pixels. Layout.BASIC, as the other engine is not on every machine."""
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def glyphs(string: str, *, bold: bool = False) -> tuple[tuple[Glyph, ...], float]:
    """Return the glyphs of a text, and its width, both at the measuring size."""
    out: list[Glyph] = []
    x = 0.0
    for char in string:
        shown, path, advance = _glyph(char, bold=bold)
        out.append(Glyph(shown, path, x))
        x += advance
    return tuple(out), x


@lru_cache(maxsize=4096)
def _glyph(char: str, *, bold: bool) -> tuple[str, Path, float]:
    """Return the character that is drawn, its font, and its width at the measuring size."""
    own = SEMIBOLD if bold else REGULAR
    path = own if char in COVERED else _fallback(char)
    if path is None:
        char, path = "?", own
    return char, path, font(path, MEASURE).getlength(char)


def width(string: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is, in logical pixels."""
    return glyphs(string, bold=bold)[1] * size / MEASURE


def shorten(string: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return the text, or as much of its two ends as fits: "holiday_ph…2041.png"; empty if nothing does."""
    if width(string, size, bold=bold) <= room:
        return string
    low, high = 0, len(string) - 1  # characters kept: `low` is known to fit, `high` is the most that could
    while low < high:
        kept = (low + high + 1) // 2
        if width(_cut(string, kept), size, bold=bold) <= room:
            low = kept
        else:
            high = kept - 1
    cut = _cut(string, low)
    return cut if width(cut, size, bold=bold) <= room else ""


def wrap(string: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """Return the text as lines that fit, broken at spaces; a single word too long is shortened."""
    lines: list[str] = []
    for word in string.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(shorten(word, size, room, bold=bold))
    return lines


def _cut(string: str, kept: int) -> str:
    head = (kept + 1) // 2
    return f"{string[:head]}…{string[len(string) - (kept - head) :]}"


@cache
def _fallback(char: str) -> Path | None:
    """Return the first system font that has `char`, None where none has, or where it cannot be shown at all."""
    if not char.isprintable():
        return None
    return next((path for path in _system_fonts() if _has(path, char)), None)


def _has(path: Path, char: str) -> bool:
    """Ask the font itself: a character it lacks is drawn like one that no font has."""
    missing = _missing(path)
    return missing is not None and bytes(font(path, 48).getmask(char)) not in (missing, b"")


@cache
def _missing(path: Path) -> bytes | None:
    try:
        return bytes(font(path, 48).getmask("\U0010ffff"))
    except (OSError, ValueError):  # a bitmap font without this size, or no font at all
        return None


@cache
def _system_fonts() -> tuple[Path, ...]:
    found = [path for folder in _font_folders() if folder.is_dir() for path in folder.rglob("*")]
    usable = [p for p in found if p.suffix.lower() in (".ttf", ".otf", ".ttc") and p.stem != "LastResort"]

    def order(path: Path) -> tuple[int, str]:
        name = path.name.lower()
        return next((i for i, word in enumerate(LIKELY) if word in name), len(LIKELY)), str(path)

    return tuple(sorted(usable, key=order)[:MOST_FONTS])


def _font_folders() -> Iterator[Path]:
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or ".")
    if sys.platform == "win32":
        yield Path(environ.get("WINDIR", "C:/Windows")) / "Fonts"
        yield home / "AppData/Local/Microsoft/Windows/Fonts"
    elif sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    else:
        yield from (
            Path("/usr/share/fonts"),
            Path("/usr/local/share/fonts"),
            home / ".local/share/fonts",
            home / ".fonts",
        )
