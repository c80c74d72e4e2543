"""The SVG writer: a display list becomes markup that any viewer shows alike.

Presentation attributes only: no styles, scripts, links, ids or fonts, so a figure can stand in any page. Every text
carries the width it was measured with, so that another font can never push it into its neighbour.
"""

from __future__ import annotations

import base64
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch
from html import escape
from typing import TYPE_CHECKING, Any

from cnnviz.draw import scene, style
from cnnviz.errors import JOINERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FONTS = "Inter,system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
SEMIBOLD = 600
SHARP = 2
"""Pixels of an embedded picture per logical pixel: where a viewer smooths it, its cells still have hard edges."""
HATCH_STEP = 8.0
HATCH_LINE = 0.7  # across; one pixel along a row


def render(figure: scene.Scene, metadata: str = "") -> str:
    """Return the figure as SVG. `metadata` is text that goes along and is not shown."""
    size = {"width": figure.width, "height": figure.height}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(figure.width)} {_number(figure.height)}" '
        f'{_attributes(size)} role="img" font-family="{FONTS}">',
        *(f"<{name}>{text(said)}</{name}>" for name, said in _words(figure, metadata) if said),
        _background(figure),
    ]
    for item in figure.items:
        lines += markup(item)
    return "\n".join([*lines, "</svg>\n"])


def text(string: str) -> str:
    """Return a string as XML text; what XML cannot hold, or would turn or break a line of writing, becomes "?"."""
    return escape("".join(char if _allowed(char) else "?" for char in string))


def _words(figure: scene.Scene, metadata: str) -> Iterable[tuple[str, str]]:
    return ("title", figure.title), ("desc", figure.description), ("metadata", metadata)


def _background(figure: scene.Scene) -> str:
    if not figure.card:
        return _element("rect", width=figure.width, height=figure.height, fill=style.PAGE)
    half = style.CARD_BORDER / 2
    return _element(
        "rect", x=half, y=half, width=figure.width - 2 * half, height=figure.height - 2 * half,
        rx=style.CARD_RADIUS, fill=style.PAGE, stroke=style.LINE,
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------- the items


@singledispatch
def markup(item: object) -> Iterator[str]:
    """Yield the elements of one item of a display list."""
    raise TypeError(f"no way to write a {type(item).__name__}")


@markup.register
def _rect(item: scene.Rect) -> Iterator[str]:
    left, top, right, bottom = item.x, item.y, item.x + item.width, item.y + item.height
    if item.stroke and not item.radius:
        if item.fill:  # the fill keeps its place, the line finds whole pixels
            yield _element("rect", x=left, y=top, width=item.width, height=item.height, fill=item.fill)
        left, top, right, bottom = (_crisp(v, item.line) for v in (left, top, right, bottom))
    yield _element(
        "rect", x=left, y=top, width=right - left, height=bottom - top, rx=item.radius or None,
        fill=item.fill if item.fill and (item.radius or not item.stroke) else "none",
        **_stroke(item.stroke, item.line, item.dash),
    )  # fmt: skip


@markup.register
def _polygon(item: scene.Polygon) -> Iterator[str]:
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in item.points)
    yield _element("polygon", points=points, fill=item.fill or "none", **_stroke(item.stroke, item.line))


@markup.register
def _lines(item: scene.Lines) -> Iterator[str]:
    parts = []
    for x0, y0, x1, y1 in item.segments:
        if x0 == x1:
            x0 = x1 = _crisp(x0, item.line)
        elif y0 == y1:
            y0 = y1 = _crisp(y0, item.line)
        parts.append(_segment(x0, y0, x1, y1))
    yield _element("path", d="".join(parts), **_stroke(item.colour, item.line))


@markup.register
def _text(item: scene.Text) -> Iterator[str]:
    if not item.string.strip():
        return
    attributes = _attributes(
        {
            "x": item.x,
            "y": item.y,
            "font-size": item.size,
            "font-weight": SEMIBOLD if item.bold else None,
            "fill": item.colour,
            "text-anchor": item.anchor if item.anchor != "start" else None,
            "textLength": item.width,
            "lengthAdjust": "spacingAndGlyphs",
            # Otherwise a viewer would make one space of several.
            "xml:space": "preserve" if "  " in item.string or item.string != item.string.strip() else None,
        }
    )
    yield f"<text {attributes}>{text(item.string)}</text>"


@markup.register
def _image(item: scene.Image) -> Iterator[str]:
    yield _element(
        "image", x=item.x, y=item.y, width=item.width, height=item.height, preserveAspectRatio="none",
        image_rendering="pixelated", href=_data_uri(_enlarged(item)),
    )  # fmt: skip


@markup.register
def _hatch(item: scene.Hatch) -> Iterator[str]:
    yield _element("rect", x=item.x, y=item.y, width=item.width, height=item.height, fill=item.fill)
    segments = "".join(_segment(*ends) for ends in _diagonals(item))
    if segments:
        yield _element("path", d=segments, **_stroke(item.colour, HATCH_LINE))


def _diagonals(item: scene.Hatch) -> Iterator[tuple[float, float, float, float]]:
    """Yield the lines x + y = 0, 8, 16, … as far as they lie within the rectangle."""
    left, top, right, bottom = item.box
    total = (left + top) // HATCH_STEP * HATCH_STEP + HATCH_STEP
    while total < right + bottom:
        start, end = max(left, total - bottom), min(right, total - top)
        if end > start:
            yield start, total - start, end, total - end
        total += HATCH_STEP


def _enlarged(item: scene.Image) -> NDArray[np.uint8]:
    """Return the pixels with each repeated as often as it fills SHARP pixels of the figure."""
    rows, columns = item.pixels.shape[:2]
    down = max(1, round(item.height * SHARP / rows))
    across = max(1, round(item.width * SHARP / columns))
    return item.pixels.repeat(down, axis=0).repeat(across, axis=1)


def _data_uri(pixels: NDArray[np.uint8]) -> str:
    from PIL import Image

    from cnnviz.draw.encode import encode

    file = io.BytesIO()
    encode(Image.fromarray(pixels), file)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


# ------------------------------------------------------------------------------------------------- the markup


def _crisp(place: float, line: float) -> float:
    """Return where an upright line has to lie so that it covers whole pixels: an odd one between two."""
    half = 0.5 if max(1, round(line)) % 2 else 0.0
    return round(place - half) + half


def _stroke(colour: str | None, line: float, dash: tuple[float, float] | None = None) -> dict[str, Any]:
    if not colour:
        return {}
    return {
        "stroke": colour,
        "stroke-width": line if line != 1 else None,
        "stroke-dasharray": " ".join(map(_number, dash)) if dash else None,
    }


def _segment(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"M{_number(x0)} {_number(y0)}L{_number(x1)} {_number(y1)}"


def _element(name: str, **attributes: Any) -> str:
    return f"<{name} {_attributes(attributes)}/>"


def _attributes(values: Mapping[str, Any]) -> str:
    return " ".join(
        f'{name.replace("_", "-")}="{_number(value) if isinstance(value, int | float) else escape(str(value))}"'
        for name, value in values.items()
        if value is not None
    )


def _number(value: float) -> str:
    """Return a length with one decimal at most."""
    digits = f"{value:.1f}".removesuffix(".0")
    return "0" if digits == "-0" else digits


def _allowed(char: str) -> bool:
    if unicodedata.category(char) in ("Cf", "Zl", "Zp"):
        return char in JOINERS
    code = ord(char)
    return code >= 0x20 and not (0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE)
