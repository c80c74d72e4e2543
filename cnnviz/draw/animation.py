"""The window slides over the input, the output fills cell by cell, and the arithmetic of the moment is written out.

An animation is a still picture, what each step leaves behind, and what it shows only while it lasts. So a frame costs
no more than its changes, and any number of frames needs the memory of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.core.trace import Trace, trace
from cnnviz.draw import parts, png, scene, strip, style
from cnnviz.draw.animation_layout import Layout
from cnnviz.draw.animation_words import ways
from cnnviz.draw.moving import Moving, Sizes

if TYPE_CHECKING:
    from PIL.Image import Image

SECONDS = 24.0  # that all frames take together, within the limits of one
SHORTEST, LONGEST, REST = 80, 600, 2500  # ms of a frame, and of the last one
MOST_FRAMES = 300
STRIP_GAP = 16.0


class Step(NamedTuple):
    """One value of the output: its place, and the map, which is None where all maps move together (pooling)."""

    row: int
    column: int
    map: int | None = None


class Animation:
    """All frames of a convolution or a pooling; `width` is that of the figure, in logical pixels."""

    def __init__(
        self, moving: Moving, *, title: str, subtitle: str, width: float = style.CARD, frames: int | None = None
    ) -> None:
        self.moving, self.title, self.subtitle, self.width = moving, title, subtitle, width
        self.steps = _steps(moving)
        wanted = min(frames or MOST_FRAMES, len(self.steps))
        self.shown = _thinned(len(self.steps), wanted)
        self.layout = Layout(moving, Sizes.of(moving, width), width, parts.CAPTIONED_TOP)
        self._words = [ways(moving, self.traces(i)) for i in self.shown]
        self._fit = strip.fit(self._words, width - 2 * style.MARGIN)
        self.height = float(round(self.layout.bottom + STRIP_GAP + self._fit.height + style.MARGIN))

    def __len__(self) -> int:
        """The number of frames."""
        return len(self.shown)

    @property
    def cells(self) -> int:
        """The number of output values that are computed one after the other."""
        return len(self.steps)

    def traces(self, i: int) -> list[Trace]:
        """Return the arithmetic of a step: of one map, or of every map that moves."""
        step = self.steps[i]
        maps = self.moving.maps if step.map is None else [step.map]
        at = step.row, step.column
        return [trace(self.moving.layer, self.moving.given, at, m, activation=self.moving.activation) for m in maps]

    def durations(self, fps: float | None = None) -> list[int]:
        """Return the milliseconds of each frame; the last one rests before all begins again."""
        each = round(1000 / fps) if fps else round(min(max(SECONDS * 1000 / len(self), SHORTEST), LONGEST))
        return [each] * (len(self) - 1) + [max(each, REST)]

    def figure(self, frame: int) -> scene.Scene:
        """Return one frame as a display list."""
        at = self.shown[frame]
        figure = self._still(self.steps[at].map)
        for i in range(at):
            figure.add(*self._settled(i))
        figure.add(*self.layout.lines(), *self._current(frame))
        return figure

    def frames(self, scale: int = 1, only: Sequence[int] | None = None) -> Iterator[Image]:
        """Yield the frames as RGB pictures, all or `only` some in rising order; one is in memory at a time."""
        canvases = {map_: self._canvas(map_, scale) for map_ in dict.fromkeys(step.map for step in self.steps)}
        done = 0
        for frame in only if only is not None else range(len(self)):
            at = self.shown[frame]
            for i in range(done, at):
                for canvas in canvases.values():
                    _paint(self._settled(i), canvas)
            done = at
            canvas = canvases[self.steps[at].map]
            now = png.Canvas(canvas.image.copy(), scale)
            _paint([*self.layout.lines(), *self._current(frame)], now)
            yield now.image.convert("RGB")

    @cached_property
    def description(self) -> str:
        """One sentence for those who cannot see it."""
        return f"{self.title}, {self.subtitle}: the window slides, the output fills in {len(self)} frames."

    def _canvas(self, map_: int | None, scale: int) -> png.Canvas:
        return png.Canvas(png.render(self._still(map_), scale), scale)

    def _still(self, map_: int | None) -> scene.Scene:
        """Return what never moves; which kernel is bright depends on the map that is computed."""
        figure = scene.Scene(self.width, self.height, title=self.title, description=self.description, card=False)
        figure.add(*parts.heading(self.title, self.subtitle, self.width - 2 * style.MARGIN))
        figure.add(*self.layout.still(map_))
        return figure

    def _settled(self, i: int) -> list[scene.Item]:
        step = self.steps[i]
        maps = self.moving.maps if step.map is None else [step.map]
        return [item for m in maps for item in self.layout.value(m, step.row, step.column)]

    def _current(self, frame: int) -> list[scene.Item]:
        i = self.shown[frame]
        step = self.steps[i]
        items = self.layout.moving_parts(step.map, (step.row, step.column), self.traces(i))
        top = self.layout.bottom + STRIP_GAP
        width = self.width - 2 * style.MARGIN
        return items + strip.strip(style.MARGIN, top, self._words[frame], self._fit, width)


def _steps(moving: Moving) -> list[Step]:
    """Return every value of the output, map by map: one kernel does its whole work, then the next."""
    _, rows, columns = moving.record.output_shape
    maps: Sequence[int | None] = [None] if moving.pooling else moving.maps
    return [Step(r, c, m) for m in maps for r in range(rows) for c in range(columns)]


def _thinned(steps: int, frames: int) -> list[int]:
    """Return which steps have a frame: evenly spread, the last one always."""
    return [(i + 1) * steps // frames - 1 for i in range(frames)]


def _paint(items: Sequence[scene.Item], canvas: png.Canvas) -> None:
    for item in items:
        png.paint(item, canvas)
