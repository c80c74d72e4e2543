"""The PNG writer: a display list becomes pixels.

Upright rectangles go straight onto whole device pixels. Everything else, text too, is drawn into a mask of its own at
four times the size, cropped to its box, averaged down and used to paste its colour: smooth edges without hinting, and
never a whole picture at four times its size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache, singledispatch
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image, ImageDraw

from cnnviz.draw import palette, scene, style, text
from cnnviz.draw.encode import encode

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw as Draw

__all__ = ["SCALE", "encode", "render"]

SCALE = 2
"""Device pixels per logical pixel."""
FINE = 4
"""Mask pixels per device pixel."""


def render(figure: scene.Scene, scale: int = SCALE) -> Image.Image:
    """Return the figure as an RGBA picture of `scale` device pixels per logical pixel."""
    size = round(figure.width * scale), round(figure.height * scale)
    canvas = Canvas(Image.new("RGBA", size, style.PAGE), scale)
    for item in figure.items:
        paint(item, canvas)
    if figure.card:
        _card(figure, canvas)
    return canvas.image


Place: TypeAlias = Callable[..., list[float]]
"""From logical x, y, x, y, … to pixels of a mask."""
Stroke: TypeAlias = Callable[["Draw", Place], None]
"""Fills a mask with a pen."""


class Canvas:
    """The picture being painted, and the few strokes that everything is painted with."""

    def __init__(self, image: Image.Image, scale: int) -> None:
        self.image = image
        self.scale = scale
        self.pen = ImageDraw.Draw(image)

    def fill(self, left: int, top: int, right: int, bottom: int, colour: str) -> None:
        """Fill device pixels from (left, top) up to, not including, (right, bottom)."""
        if right > left and bottom > top:
            self.pen.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def through_mask(self, box: scene.Box, colour: str, draw: Stroke) -> None:
        """Paste `colour` through a mask over `box` that `draw` fills."""
        scale = self.scale
        left, top = max(math.floor(box[0] * scale) - 1, 0), max(math.floor(box[1] * scale) - 1, 0)
        right = min(math.ceil(box[2] * scale) + 1, self.image.width)
        bottom = min(math.ceil(box[3] * scale) + 1, self.image.height)
        if right <= left or bottom <= top:
            return
        fine = FINE if scale > 1 else 2 * FINE  # small letters at scale 1 would be hinted out of their places
        mask = Image.new("L", ((right - left) * fine, (bottom - top) * fine))

        def place(*xy: float) -> list[float]:
            return [(v * scale - (top if i % 2 else left)) * fine for i, v in enumerate(xy)]

        draw(ImageDraw.Draw(mask), place)
        self.image.paste(palette.rgb(colour), (left, top), mask.reduce(fine))

    def line(self, length: float) -> int:
        """Return a line's width in whole device pixels, at least one."""
        return max(1, round(length * self.scale))

    def snap(self, *lengths: float) -> list[int]:
        """Return logical places as whole device pixels."""
        return [round(v * self.scale) for v in lengths]


@singledispatch
def paint(item: object, canvas: Canvas) -> None:
    """Paint one item of a display list."""
    raise TypeError(f"no way to paint a {type(item).__name__}")


@paint.register
def _rect(item: scene.Rect, canvas: Canvas) -> None:
    if item.radius:
        _round_rect(item, canvas)
        return
    left, top, right, bottom = canvas.snap(item.x, item.y, item.x + item.width, item.y + item.height)
    if item.fill:
        canvas.fill(left, top, right, bottom, item.fill)
    if item.stroke:
        line = canvas.line(item.line)
        out = (line + 1) // 2  # a line is centred on its edge; the odd pixel lies outside
        left, top, right, bottom = left - out, top - out, right + out, bottom + out
        sides = (
            (left, top, right, top + line),
            (left, bottom - line, right, bottom),
            (left, top + line, left + line, bottom - line),
            (right - line, top + line, right, bottom - line),
        )
        for side in sides:
            for piece in _dashes(side, canvas.snap(*item.dash) if item.dash else None):
                canvas.fill(*piece, item.stroke)


def _dashes(side: tuple[int, int, int, int], dash: list[int] | None) -> Iterable[tuple[int, int, int, int]]:
    if dash is None:
        yield side
        return
    left, top, right, bottom = side
    on, off = dash
    if right - left >= bottom - top:
        yield from ((x, top, min(x + on, right), bottom) for x in range(left, right, on + off))
    else:
        yield from ((left, y, right, min(y + on, bottom)) for y in range(top, bottom, on + off))


def _round_rect(item: scene.Rect, canvas: Canvas) -> None:
    half = item.line / 2
    corners = item.x, item.y, item.x + item.width, item.y + item.height

    def disc(grow: float, value: int) -> Stroke:
        def draw(pen: Draw, place: Place) -> None:
            left, top, right, bottom = place(corners[0] - grow, corners[1] - grow, corners[2] + grow, corners[3] + grow)
            unit = place(1.0, 0.0)[0] - place(0.0, 0.0)[0]
            pen.rounded_rectangle((left, top, right - 1, bottom - 1), (item.radius + grow) * unit, fill=value)

        return draw

    if item.fill:
        canvas.through_mask(item.box, item.fill, disc(0.0, 255))
    if item.stroke:

        def ring(pen: Draw, place: Place) -> None:
            disc(half, 255)(pen, place)
            disc(-half, 0)(pen, place)

        canvas.through_mask(item.box, item.stroke, ring)


@paint.register
def _polygon(item: scene.Polygon, canvas: Canvas) -> None:
    flat = [v for point in item.points for v in point]
    if item.fill:
        canvas.through_mask(item.box, item.fill, lambda pen, place: pen.polygon(place(*flat), fill=255))
    if item.stroke:
        ends = [*item.points, item.points[0]]
        outline = [(*a, *b) for a, b in pairwise(ends)]
        paint(scene.Lines(outline, item.stroke, item.line), canvas)


@paint.register
def _lines(item: scene.Lines, canvas: Canvas) -> None:
    slanted = []
    for x0, y0, x1, y1 in item.segments:
        if x0 == x1 or y0 == y1:
            line = canvas.line(item.line)
            left, top, right, bottom = canvas.snap(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            if x0 == x1:
                canvas.fill(left - line // 2, top, left - line // 2 + line, bottom, item.colour)
            else:
                canvas.fill(left, top - line // 2, right, top - line // 2 + line, item.colour)
        else:
            slanted.append((x0, y0, x1, y1))
    if not slanted:
        return

    def draw(pen: Draw, place: Place) -> None:
        for x0, y0, x1, y1 in slanted:
            across = item.line / 2 / math.hypot(x1 - x0, y1 - y0)
            dx, dy = (y1 - y0) * across, (x0 - x1) * across
            pen.polygon(place(x0 + dx, y0 + dy, x1 + dx, y1 + dy, x1 - dx, y1 - dy, x0 - dx, y0 - dy), fill=255)

    canvas.through_mask(item.box, item.colour, draw)


@paint.register
def _text(item: scene.Text, canvas: Canvas) -> None:
    left = item.left
    # Accents and descenders of a fallback font may reach beyond the box that layouts count with.
    box = left - item.size / 4, item.y - 1.1 * item.size, left + item.width + item.size / 4, item.y + 0.4 * item.size

    def draw(pen: Draw, place: Place) -> None:
        unit = place(1, 0)[0] - place(0, 0)[0]
        for glyph in text.glyphs(item.string, bold=item.bold)[0]:
            shape, dx, dy = _glyph(glyph.font, glyph.char, item.size * unit)
            x, y = place(left + glyph.x * item.size / text.MEASURE, item.y)
            pen.bitmap((round(x) + dx, round(y) + dy), shape, fill=255)

    canvas.through_mask(box, item.colour, draw)


@lru_cache(maxsize=2048)
def _glyph(path: Path, char: str, size: float) -> tuple[Image.Image, int, int]:
    """Return a character as a mask, and where its corner lies from the start of its baseline."""
    font = text.font(path, size)
    left, top, right, bottom = (int(v) for v in font.getbbox(char, anchor="ls"))
    shape = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
    ImageDraw.Draw(shape).text((-left, -top), char, fill=255, font=font, anchor="ls")
    return shape, left, top


@paint.register
def _image(item: scene.Image, canvas: Canvas) -> None:
    left, top, right, bottom = canvas.snap(item.x, item.y, item.x + item.width, item.y + item.height)
    picture = Image.fromarray(item.pixels)
    size = (max(right - left, 1), max(bottom - top, 1))  # a picture of one line is still seen
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.NEAREST)
    canvas.image.paste(picture, (left, top))


@paint.register
def _hatch(item: scene.Hatch, canvas: Canvas) -> None:
    left, top, right, bottom = canvas.snap(item.x, item.y, item.x + item.width, item.y + item.height)
    canvas.fill(left, top, right, bottom, item.fill)
    period, line = 8 * canvas.scale, canvas.scale
    row = Image.new("L", (right - left + period, 1))
    for x in range(row.width):
        row.putpixel((x, 0), 255 if (x + left) % period < line else 0)
    mask = Image.new("L", (right - left, bottom - top))
    for y in range(bottom - top):
        shift = (y + top) % period
        mask.paste(row.crop((shift, 0, shift + mask.width, 1)), (0, y))
    canvas.image.paste(palette.rgb(item.colour), (left, top), mask)


def _card(figure: scene.Scene, canvas: Canvas) -> None:
    """Draw the card's border, and cut its corners out of the picture."""
    image, scale = canvas.image, canvas.scale
    line = canvas.line(style.CARD_BORDER)
    size = round(style.CARD_RADIUS * scale)
    for side in (
        (0, 0, image.width, line),
        (0, image.height - line, image.width, image.height),
        (0, 0, line, image.height),
        (image.width - line, 0, image.width, image.height),
    ):
        canvas.fill(*side, style.LINE)
    disc = Image.new("L", (2 * size * FINE,) * 2)
    ImageDraw.Draw(disc).ellipse((0, 0, disc.width - 1, disc.height - 1), fill=255)
    inner = Image.new("L", disc.size)
    edge = line * FINE
    ImageDraw.Draw(inner).ellipse((edge, edge, disc.width - 1 - edge, disc.height - 1 - edge), fill=255)
    cover, page = disc.reduce(FINE), inner.reduce(FINE)
    corner = Image.new("RGBA", cover.size, style.LINE)
    corner.paste(palette.rgb(style.PAGE), (0, 0), page)
    corner.putalpha(cover)
    for x, at_x in ((0, 0), (size, image.width - size)):
        for y, at_y in ((0, 0), (size, image.height - size)):
            image.paste(corner.crop((x, y, x + size, y + size)), (at_x, at_y))
