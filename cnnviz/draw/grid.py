"""The grid: one labelled tile for each feature map, after the picture they came from.

First everything is measured, then columns are chosen, then tiles are placed row by row, and last the foot says what
the colours mean. Nothing has a fixed place: heights follow from what there is to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.shapes import whole
from cnnviz.core.statistics import Stats
from cnnviz.core.threads import each
from cnnviz.core.wording import grouped
from cnnviz.draw import bars, foot, limits, parts, scene, style, text, tiles
from cnnviz.draw import columns as place
from cnnviz.draw.grid_tiles import Tile, input_tile, map_tiles, measure_all, range_ways
from cnnviz.draw.palette import PALETTES
from cnnviz.draw.png import SCALE, render
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    import PIL.Image
    from numpy.typing import ArrayLike, NDArray

MANY = 2**22
"""So many cells are worth a second thread."""
UNDER = 10.0  # from a tile to the top of its name
LINE_STEP = 19.0  # from the name to the range
PITCH, PITCH_OWN_BARS = 56.0, 66.0  # from the bottom of a tile to the next row
OWN_BAR_TOP = 31.0
FOOT_GAP = 8.0
THUMB, THUMB_OWN_BARS = 26.0, 16.0
THUMB_FROM = 112.0  # the smallest tile that has room for one
NARROWEST = 432.0  # of what a card holds
MOST_PIXELS = 2**29
NAMED_IN_SENTENCE = 12


class Grid(NamedTuple):
    """A grid's figure, and what the words around it need.

    `reduction` is how many map cells lie along one device pixel, 1 when maps are whole or enlarged; `notes` say what
    was drawn otherwise than plainly; `ranges` holds each map's true (lowest, highest), None where nothing is finite;
    `tiles` are the names and pixels (h, w, 3) of all tiles, the input's first.
    """

    scene: scene.Scene
    reduction: float
    notes: list[str]
    ranges: list[tuple[float, float] | None]
    tiles: list[tuple[str, NDArray[np.uint8]]]


def grid(
    maps: FeatureMaps | ArrayLike,
    *,
    input: FeatureMaps | ArrayLike | None = None,
    normalize: str = "auto",
    range: tuple[float, float] | None = None,
    palette: str | None = None,
    columns: int | None = None,
    labels: bool = True,
    scale: float | None = None,
) -> PIL.Image.Image:
    """Draw feature maps as labelled tiles, and return an RGBA picture that shows itself in a notebook.

    `maps` is (C, H, W) or (H, W). `input`, drawn first, is a picture (3, H, W) with values from 0 to 1 or a single
    map; other numbers of channels have no one picture and are left out. `normalize` is "auto", "shared" (one colour
    scale for all maps) or "each"; `range` is a fixed one, (low, high); `palette` is a name in PALETTES. `scale` is
    how many pixels wide a cell is drawn: 1 shows every cell as one pixel, 0.5 averages two by two; without it maps
    are made to fit.

    Raises ArgumentError for names that are not known, a range that is not low < high, columns below 1, a scale of 0
    or below or above 1 and not whole.
    """
    return render(
        grid_scene(
            _as_maps(maps), input=_as_input(input), normalize=normalize, range=range,
            palette=palette, columns=columns, labels=labels, scale=scale,
        ).scene
    )  # fmt: skip


def grid_scene(
    maps: FeatureMaps,
    *,
    input: FeatureMaps | None = None,
    title: str = "",
    subtitle: str = "",
    kernels: Sequence[NDArray[np.floating[Any]] | None] | None = None,
    normalize: str = "auto",
    range: tuple[float, float] | None = None,
    palette: str | None = None,
    columns: int | None = None,
    labels: bool = True,
    scale: float | None = None,
    levels: float | None = None,
    most_pixels: int = MOST_PIXELS,
    stats: Sequence[Stats] | None = None,
) -> Grid:
    """Lay out the grid of `grid`, with a title above it and the kernel (2-D) of each map beside its name.

    `levels` is what 1, a picture's white, is shown as wherever values are printed (255); the data stay as they are.
    `stats` is what each map holds, where that is known.
    Raises ArgumentError also where the picture would have more than `most_pixels`.
    """
    if columns is not None:
        columns = whole(columns, "columns", least=1)
    _check_scale(scale)
    times = float(levels or 1)
    stats = stats or measure_all(maps)
    scales = limits.choose(maps.values, stats, maps.pictures, normalize=normalize, value_range=range, palette=palette)
    tile_list = input_tile(input, times) + map_tiles(maps, stats, scales, kernels or [], times)
    slots = _slots(tile_list, columns, scale, labels=labels)
    fits = [tiles.fit(tile.cells, slots.width, slots.height, scale) for tile in tile_list]
    _check_pixels(sum(fit.size[0] * fit.size[1] for fit in fits), most_pixels)
    cells = sum(prod(tile.cells) for tile in tile_list)
    pixels = each(Tile.pixels, tile_list, fits, parallel=cells >= MANY)

    clauses = foot.sentences(scales, stats, times)
    thick = max(fit.stretch for fit in fits)
    if thick > 1:
        clauses.append(f"strips are drawn {thick:.{int(thick < 10)}f}× as thick as they are")
    head = max(text.width(title, style.TITLE, bold=True), text.width(subtitle, style.CAPTION))
    content = max(slots.content, NARROWEST, min(head, style.CONTENT))

    figure = scene.Scene(content + 2 * style.MARGIN, 0, title=title)
    figure.add(*parts.heading(title, subtitle, content))
    top = parts.body_top(title, subtitle)
    bottom = _rows(
        figure, tile_list, fits, pixels, slots, top, labels=labels, own_bars=not scales.shared, centre=scale is None
    )
    swatches = foot.legend(stats, scales) or foot.legend(tile_list[0].stats, scales)
    if scales.shared or clauses or swatches:
        items, bottom = foot.foot(bottom + FOOT_GAP, content, scales, clauses, swatches, times)
        figure.add(*items)
    else:
        bottom -= PITCH - UNDER
    figure.height = float(round(bottom + style.MARGIN))
    figure.description = _sentence(
        maps, stats, has_input=len(tile_list) > len(maps), times=times, signed=_shows_signs(scales, stats)
    )
    _check_pixels(figure.width * figure.height, most_pixels)
    ranges = [tiles.true_range(s) for s in stats]
    named = [(tile.name, array) for tile, array in zip(tile_list, pixels, strict=True)]
    return Grid(figure, max(fit.reduction for fit in fits), [words for _, words in swatches], ranges, named)


def _check_pixels(area: float, most: int) -> None:
    """Raise ArgumentError where so large an area, in logical pixels, has too many device pixels to be drawn."""
    count = round(area * SCALE**2)
    if count > most:
        raise ArgumentError(
            f"the grid would have {grouped(count)} pixels, and memory is allowed for {grouped(most)}: "
            "use a smaller scale, fewer maps, or more memory (--max-memory)",
            argument="scale",
        )


def _as_maps(values: FeatureMaps | ArrayLike) -> FeatureMaps:
    return values if isinstance(values, FeatureMaps) else FeatureMaps(values)


def _as_input(values: FeatureMaps | ArrayLike | None) -> FeatureMaps | None:
    """Take an input as it is; a plain array of three channels from 0 to 1 is a picture."""
    if values is None or isinstance(values, FeatureMaps):
        return values
    maps = FeatureMaps(values)
    if len(maps) == 3 and maps.values.min() >= 0 and maps.values.max() <= 1:
        maps.pictures = (True, True, True)
    return maps


def _check_scale(scale: float | None) -> None:
    if scale is None:
        return
    if not scale > 0 or scale == float("inf"):
        raise ArgumentError(f"scale must be above 0, not {scale:g}", argument="scale")
    if scale > style.LARGEST_SCALE:
        raise ArgumentError(f"scale must be at most {style.LARGEST_SCALE}, not {scale:g}", argument="scale")
    if scale > 1 and scale != int(scale):
        raise ArgumentError(f"a scale above 1 must be whole, so that cells are, not {scale:g}", argument="scale")


def _slots(tile_list: Sequence[Tile], columns: int | None, scale: float | None, *, labels: bool) -> place.Slots:
    label = 0.0
    if labels:
        label = max(
            max(text.width(t.name, style.CAPTION, bold=True), text.width(t.ranges[0], style.LABEL))
            + (THUMB + style.TEXT_CLEAR if t.kernel is not None else 0)
            for t in tile_list
        )
    if scale is not None:
        widths = [tiles.fit(t.cells, 0, 0, scale).size[0] for t in tile_list]
        return place.scaled_slots(len(tile_list), widths, label, columns)
    largest = max(tile_list, key=lambda t: t.cells[0] * t.cells[1]).cells
    return place.slots(len(tile_list), largest, label, columns)


def _rows(
    figure: scene.Scene,
    tile_list: Sequence[Tile],
    fits: Sequence[tiles.Fit],
    pixels: Sequence[NDArray[np.uint8]],
    slots: place.Slots,
    top: float,
    *,
    labels: bool,
    own_bars: bool,
    centre: bool,
) -> float:
    """Place the tiles row by row, and return where the next row would begin."""
    pitch = (PITCH_OWN_BARS if own_bars else PITCH) if labels else (PITCH_OWN_BARS - 25 if own_bars else style.GUTTER)
    with np.errstate(over="ignore"):  # what runs over is infinite, and is shown so
        printed = [
            tiles.cell_texts(tile.values * tile.times if tile.times != 1 else tile.values, fit.cell)
            if tile.channel is not None and fit.cell >= style.NUMBERS_FROM  # else bytes would become floats
            else None
            for tile, fit in zip(tile_list, fits, strict=True)
        ]
    size = min((p[1] for p in printed if p), default=0.0)
    for start in range(0, len(tile_list), slots.columns):
        row = range(start, min(start + slots.columns, len(tile_list)))
        height = max(fits[i].size[1] for i in row)
        for i in row:
            tile, fit = tile_list[i], fits[i]
            slot = slots.left(i - start)
            x = slot + (_centred(fit, slots.width) if centre else 0.0)
            figure.add(*tiles.image(x, top, fit, pixels[i]))
            if texts := printed[i]:
                figure.add(*tiles.cell_numbers(x, top, fit.cells, fit.cell, texts[0], size, pixels[i]))
            line, colour = (style.ROLE_FRAME, style.INPUT) if tile.is_input else (style.FRAME, style.GRID)
            figure.add(scene.Rect(x, top, *fit.size, stroke=colour, line=line))
            _caption(
                figure, tile, x, top + fit.size[1], fit.size[0], slot + slots.width, labels=labels, own_bars=own_bars
            )
        top += height + pitch
    return top


def _centred(fit: tiles.Fit, room: float) -> float:
    """Return how far into its slot a tile begins: in the middle where cells are single pixels, else at the left."""
    single = fit.whole and fit.factor == (1, 1)
    return max(0.0, round(room - fit.size[0]) / 2) if single else 0.0


def _caption(
    figure: scene.Scene,
    tile: Tile,
    x: float,
    bottom: float,
    width: float,
    right: float,
    *,
    labels: bool,
    own_bars: bool,
) -> None:
    """Put under a tile its name, its range or its own bar, and its kernel."""
    room = right - x
    if labels:
        colour = style.INPUT if tile.is_input else style.INK
        if tile.kernel is not None and room >= THUMB_FROM:
            side = THUMB_OWN_BARS if own_bars else THUMB
            thumb = tiles.thumbnail(tile.kernel, x + (width if width >= THUMB_FROM else room), bottom + UNDER, side)
            figure.add(*thumb)
            room = thumb[0].box[0] - style.TEXT_CLEAR - x
        name = text.shorten(tile.name, style.CAPTION, room, bold=True)
        base = scene.baseline(bottom + UNDER, style.CAPTION)
        figure.add(scene.Text(x, base, name, style.CAPTION, colour, bold=True))
    if own_bars and not (tile.is_input or tile.scale.picture):
        top = bottom + (OWN_BAR_TOP if labels else UNDER - 4)
        figure.add(*bars.own_bar(x, top, max(width, min(right - x, 80.0)), tile.scale, tile.times))
    elif labels:
        for size in (style.LABEL, style.FLOOR):
            if way := next((w for w in tile.ranges if text.width(w, size) <= room), None):
                figure.add(scene.Text(x, base + LINE_STEP, way, size, style.MUTED))
                break


def _shows_signs(scales: limits.Scales, stats: Sequence[Stats]) -> bool:
    """Return whether some map with negative values is drawn in red and indigo."""
    signed = PALETTES["signed"]
    return any(s.low < 0 and scale.palette == signed for s, scale in zip(stats, scales.each, strict=True))


def _sentence(maps: FeatureMaps, stats: Sequence[Stats], *, has_input: bool, times: float, signed: bool) -> str:
    """Return the figure in one sentence, for those who cannot see it."""
    count = f"{len(maps)} map{'s' * (len(maps) > 1)}"
    parts = [f"input and {count}" if has_input else count]
    for label, s in list(zip(maps.labels, stats, strict=True))[:NAMED_IN_SENTENCE]:
        parts.append(f"{label} {range_ways(tiles.true_range(s, times))[0]}")
    if len(maps) > NAMED_IN_SENTENCE:
        parts.append(f"and {len(maps) - NAMED_IN_SENTENCE} more")
    signs = "; red positive, indigo negative" if signed else ""
    strange = [f"{sum(s.nan for s in stats)} NaN"] if any(s.nan for s in stats) else []
    strange += [f"{sum(s.inf for s in stats)} infinite"] if any(s.inf for s in stats) else []
    parts += [f"with {' and '.join(strange)} values"] if strange else []
    return f"Feature maps{f' of {maps.source}' if maps.source else ''}: {', '.join(parts)}{signs}."
