"""Small marks of the figures that show structure: tints of the roles, circles for neurons and badges."""

from __future__ import annotations

import math

from cnnviz.draw import palette, scene, style, text

DASH, DASH_PERIOD = 4.0, 7.0
STRIP_RADIUS = 8.0


def tint(colour: str, share: float) -> str:
    """Return a colour laid over white so thinly that only `share` of it, 0 to 1, is left."""
    return "#" + "".join(f"{round(255 + (part - 255) * share):02X}" for part in palette.rgb(colour))


def circle(
    x: float, y: float, radius: float, fill: str | None, stroke: str | None = None, line: float = style.FRAME
) -> scene.Rect:
    """Return a circle around (x, y)."""
    return scene.Rect(x - radius, y - radius, 2 * radius, 2 * radius, fill, stroke, line, radius=radius)


def dashed_circle(x: float, y: float, radius: float) -> list[scene.Item]:
    """Return a circle of padding: a panel with a dashed edge."""
    dashes = round(2 * math.pi * radius / DASH_PERIOD)
    turn = 2 * math.pi / dashes

    def on_edge(angle: float) -> scene.Point:
        return x + radius * math.cos(angle), y + radius * math.sin(angle)

    ends = [(*on_edge(i * turn), *on_edge((i + DASH / DASH_PERIOD) * turn)) for i in range(dashes)]
    return [circle(x, y, radius, style.PANEL), scene.Lines(ends, style.MUTED, style.FRAME)]


def fitting(string: str, room: float, sizes: tuple[float, ...], *, bold: bool = False) -> float:
    """Return the first of `sizes` at which a text fits, or the last."""
    return next((size for size in sizes if text.width(string, size, bold=bold) <= room), sizes[-1])
