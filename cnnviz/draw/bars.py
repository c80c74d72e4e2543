"""Colour bars: what the colours mean, in numbers."""

from __future__ import annotations

import numpy as np

from cnnviz.draw import numbers, scene, style, text
from cnnviz.draw.limits import Scale
from cnnviz.draw.palette import table
from cnnviz.draw.png import SCALE
from cnnviz.draw.tiles import shown

WIDTH, HEIGHT = 240.0, 12.0
OWN_HEIGHT = 6.0
OVERHANG = 4.0
NUMBER_GAP = 8.0
ARROW, ARROW_GAP = 7.0, 2.0
MARK_ONLY_BELOW = 112.0
"""A bar narrower than this has its zero mark, but not the number."""


def shared_bar(x: float, y: float, scale: Scale, times: float = 1.0) -> list[scene.Item]:
    """Return the bar for all maps, `WIDTH` wide; an end beyond which values are cut is an arrow."""
    left = x + (ARROW + ARROW_GAP) * scale.cut[0]
    right = x + WIDTH - (ARROW + ARROW_GAP) * scale.cut[1]
    items = _bar(left, right, y, HEIGHT, scale)
    middle, first, last = y + HEIGHT / 2, table(scale.palette)[0], table(scale.palette)[-1]
    for is_cut, tip, base, colour in (
        (scale.cut[0], x, x + ARROW, first),
        (scale.cut[1], x + WIDTH, x + WIDTH - ARROW, last),
    ):
        if is_cut:
            fill = "#{:02X}{:02X}{:02X}".format(*colour)
            pale = int(colour.min()) > 0xD0
            points = ((tip, middle), (base, y), (base, y + HEIGHT))
            items.append(scene.Polygon(points, fill, style.GRID if pale else None))
    return items + _numbers(x, x + WIDTH, (left + right) / 2, y + HEIGHT, scale, times)


def own_bar(x: float, y: float, width: float, scale: Scale, times: float = 1.0) -> list[scene.Item]:
    """Return the bar of one map, under its name."""
    bar = _bar(x, x + width, y, OWN_HEIGHT, scale)
    return bar + _numbers(x, x + width, x + width / 2, y + OWN_HEIGHT, scale, times)


def _bar(left: float, right: float, y: float, height: float, scale: Scale) -> list[scene.Item]:
    steps = round((right - left) * SCALE)
    colours = table(scale.palette)
    fill = colours[np.rint(np.linspace(0, len(colours) - 1, steps)).astype(np.intp)][None]
    items: list[scene.Item] = [
        scene.Image(left, y, right - left, height, fill),
        scene.Rect(left, y, right - left, height, stroke=style.GRID, line=style.FRAME),
    ]
    if scale.low == -scale.high:
        middle = (left + right) / 2
        mark = scene.Lines([(middle, y - OVERHANG, middle, y + height + OVERHANG)], style.INK, style.ZERO_MARK)
        items.append(mark)
    return items


def _numbers(left: float, right: float, zero: float, bottom: float, scale: Scale, times: float) -> list[scene.Item]:
    low, high = shown(scale.low, times), shown(scale.high, times)
    base = scene.baseline(bottom + NUMBER_GAP, style.LABEL)
    form = numbers.choose([low, high])
    for size in (style.LABEL, style.FLOOR):
        room = right - left - style.TEXT_CLEAR
        if text.width(form(low), size) + text.width(form(high), size) <= room:
            break
    else:
        form = numbers.NumberFormat(0, exponent=True) if form.exponent else form
    items: list[scene.Item] = [
        scene.Text(left, base, form(low), size, style.MUTED),
        scene.Text(right, base, form(high), size, style.MUTED, anchor="end"),
    ]
    if scale.low == -scale.high and right - left >= MARK_ONLY_BELOW:
        items.append(scene.Text(zero, base, "0", style.LABEL, style.INK, bold=True, anchor="middle"))
    return items
