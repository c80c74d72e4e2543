"""The result strip: the arithmetic of a figure in one line below it, each number in the colour of its role.

A line too long is set smaller, then broken into rows, then summed up in words. An animation asks once for all of its
frames, so that nothing jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from cnnviz.draw import scene, style, text

SIZES = (15.0, 14.0, 13.0, 12.0)
HEIGHT = 44.0
STEP = 22.0  # from line to line
PAD = 16.0
RADIUS = 8.0
MOST_LINES = 5


class Run(NamedTuple):
    """A piece of a line, in one colour and weight. Space around it is part of its string."""

    string: str
    colour: str = style.MUTED
    bold: bool = False


Line = Sequence[Run]
Way = Sequence[Line]
"""Lines below each other."""


class Fit(NamedTuple):
    """Which of the ways fits, and at what size."""

    way: int
    size: float
    lines: int

    @property
    def height(self) -> float:
        """The height of the strip."""
        return HEIGHT + STEP * (self.lines - 1)


def fit(frames: Sequence[Sequence[Way]], width: float = style.CONTENT) -> Fit:
    """Return the first way that fits in every frame; `frames` holds for each the same ways, from best to shortest.

    The last way is taken as it is where none fits.
    """
    room = width - 2 * PAD
    for way in range(len(frames[0])):
        lines = [line for frame in frames for line in frame[way]]
        most = max(len(frame[way]) for frame in frames)
        if most > MOST_LINES:
            continue
        for size in SIZES:
            if all(line_width(line, size) <= room for line in lines):
                return Fit(way, size, most)
    return Fit(len(frames[0]) - 1, SIZES[-1], max(len(frame[-1]) for frame in frames))


def strip(x: float, y: float, ways: Sequence[Way], fitting: Fit, width: float = style.CONTENT) -> list[scene.Item]:
    """Return the strip with its top left corner at (x, y)."""
    items: list[scene.Item] = [scene.Rect(x, y, width, fitting.height, fill=style.PANEL, radius=RADIUS)]
    for i, line in enumerate(ways[fitting.way]):
        middle = y + HEIGHT / 2 + i * STEP
        items += set_line(x + PAD, middle + style.CAP * fitting.size / 2, line, fitting.size)
    return items


def set_line(x: float, y: float, line: Line, size: float) -> list[scene.Item]:
    """Return the texts of a line that begins at x, on the baseline y."""
    items: list[scene.Item] = []
    for run in _merged(line):
        items.append(scene.Text(x, y, run.string, size, run.colour, run.bold))
        x += text.width(run.string, size, bold=run.bold)
    return items


def line_width(line: Line, size: float) -> float:
    """Return how wide a line is."""
    return sum(text.width(run.string, size, bold=run.bold) for run in line)


def _merged(line: Line) -> list[Run]:
    """Return the line with neighbours of one look joined: fewer items, the same picture."""
    out: list[Run] = list(line[:1])
    for before, run in pairwise(line):
        if (before.colour, before.bold) == (run.colour, run.bold):
            out[-1] = Run(out[-1].string + run.string, run.colour, run.bold)
        else:
            out.append(run)
    return out
