"""The display list: a figure as a list of things to draw, in logical pixels, before any pixel exists.

A figure's code only places items on a Scene. Writers (PNG now) turn the list into pixels or markup, and tests do
arithmetic on it: every item knows the box it fills. Later items lie on top of earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from cnnviz.draw import style, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
"""(left, top, right, bottom)."""
Anchor: TypeAlias = Literal["start", "middle", "end"]


class Rect(NamedTuple):
    """A rectangle: filled, framed (the line is centred on the edge), rounded, dashed, or any of them.

    With a radius of half its width it is a circle.
    """

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    line: float = style.FRAME
    radius: float = 0.0
    dash: tuple[float, float] | None = None

    @property
    def box(self) -> Box:
        """The smallest rectangle that holds it."""
        grow = self.line / 2 if self.stroke else 0.0
        return self.x - grow, self.y - grow, self.x + self.width + grow, self.y + self.height + grow


class Polygon(NamedTuple):
    """A filled shape; the outline, if any, is centred on its edge."""

    points: Sequence[Point]
    fill: str | None = None
    stroke: str | None = None
    line: float = style.FRAME

    @property
    def box(self) -> Box:
        """The smallest rectangle that holds it."""
        return _around(self.points, self.line / 2 if self.stroke else 0.0)


class Lines(NamedTuple):
    """Straight lines of one colour and width: each is (x0, y0, x1, y1)."""

    segments: Sequence[tuple[float, float, float, float]]
    colour: str
    line: float = style.FRAME

    @property
    def box(self) -> Box:
        """The smallest rectangle that holds it."""
        ends = [point for x0, y0, x1, y1 in self.segments for point in ((x0, y0), (x1, y1))]
        return _around(ends, self.line / 2)


class Text(NamedTuple):
    """One line of text; `y` is its baseline, `x` the end named by `anchor`."""

    x: float
    y: float
    string: str
    size: float = style.LABEL
    colour: str = style.INK
    bold: bool = False
    anchor: Anchor = "start"

    @property
    def width(self) -> float:
        """How wide it is, measured."""
        return text.width(self.string, self.size, bold=self.bold)

    @property
    def left(self) -> float:
        """Where it begins, whatever its anchor."""
        return self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width

    @property
    def box(self) -> Box:
        """The smallest rectangle that holds it."""
        left = self.left
        return left, self.y - style.ASCENT * self.size, left + self.width, self.y + style.DESCENT * self.size


class Image(NamedTuple):
    """Pixels (H, W, 3) or (H, W), uint8, filling a rectangle with hard edges: never smoothed, never averaged."""

    x: float
    y: float
    width: float
    height: float
    pixels: NDArray[np.uint8]

    @property
    def box(self) -> Box:
        """The smallest rectangle that holds it."""
        return self.x, self.y, self.x + self.width, self.y + self.height


class Hatch(NamedTuple):
    """Lines at 45° over a panel: what padding looks like everywhere."""

    x: float
    y: float
    width: float
    height: float
    colour: str = style.HATCH
    fill: str = style.PANEL

    @property
    def box(self) -> Box:
        """The smallest rectangle that holds it."""
        return self.x, self.y, self.x + self.width, self.y + self.height


Item: TypeAlias = Rect | Polygon | Lines | Text | Image | Hatch


@dataclass(slots=True)
class Scene:
    """A figure: its size, its items, a title, and one sentence that says what is on it to those who cannot see it.

    With `card` it lies on a card with a border and transparent corners, otherwise on a plain page.
    """

    width: float
    height: float
    items: list[Item] = field(default_factory=list)
    title: str = ""
    description: str = ""
    card: bool = True

    def add(self, *items: Item) -> None:
        """Lay items on top of what is there."""
        self.items.extend(items)

    def texts(self) -> list[Text]:
        """Return every text of the figure, in drawing order."""
        return [item for item in self.items if isinstance(item, Text)]


def baseline(top: float, size: float) -> float:
    """Return the baseline of text whose capitals begin at `top`."""
    return top + style.CAP * size


def _around(points: Iterable[Point], grow: float) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs) - grow, min(ys) - grow, max(xs) + grow, max(ys) + grow
