"""From what was typed to what enters the first layer: one input, read, cropped, resized, grey."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.cli import values
from cnnviz.core.channels import CHANNELS
from cnnviz.core.wording import times
from cnnviz.errors import UsageError, printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.cli.options import InputOptions
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.shapes import Shape
    from cnnviz.files.read import Kind, Loaded
    from cnnviz.files.source import Source


BYTES = 4  # of a float32
RESIZED_AT_ONCE = 3  # copies of a channel that are held while it is resized


def quoting_hint(words: Sequence[str]) -> str:
    """Return what to try where the words look like pieces of a matrix that the shell took apart, else nothing."""
    from cnnviz.kernels.grammar import QUOTING, looks_unquoted

    return f"; {QUOTING}" if any(looks_unquoted(word) for word in words) else ""


def only_one(inputs: Sequence[str]) -> str:
    """Return the one INPUT; several are an error, with a hint where a matrix was typed without quotes."""
    if len(inputs) > 1:
        listed = ", ".join(printable(name) for name in inputs[:3]) + ("…" if len(inputs) > 3 else "")
        raise UsageError(f"one INPUT at a time, not {len(inputs)} ({listed}){quoting_hint(inputs)}")
    return inputs[0]


def channel_mode(channels: str | None, depthwise: bool, *, four_axes: bool, picture: bool) -> str | None:
    """Return how flat kernels meet the channels: as asked, or `mean` for pictures and `each` for maps.

    None for kernels that already have four axes; asking for a mode is an error then.
    """
    if depthwise and channels not in (None, "each"):
        raise UsageError(f"--depthwise is --channels each, and contradicts --channels {channels}: leave one out")
    mode = "each" if depthwise else channels
    if four_axes:
        if mode:
            name = "--depthwise" if depthwise else "--channels"
            raise UsageError(f"{name} is for flat kernels: a kernel of four axes already says what it does to channels")
        return None
    if mode is None:
        return "mean" if picture else "each"
    return values.choice(mode, CHANNELS, "--channels")


def input_source(inputs: Sequence[str], limit: int | None) -> Source:
    """Return where the one INPUT comes from; standard input is read within the limit."""
    from cnnviz.files.source import source_of

    return source_of(only_one(inputs), limit)


def refuse_without_input(options: InputOptions) -> None:
    """Raise UsageError for the first option that says how an INPUT is read where none is given."""
    for field, value in options._asdict().items():
        if value and field != "max_memory":
            raise UsageError(f"--{field} is for an input: name a picture or maps, or leave it out")


class Entered(NamedTuple):
    """What enters the first layer: maps, whether they are a picture, and notes on all that was done to them."""

    maps: FeatureMaps
    picture: bool
    notes: list[str]


def enter(
    inputs: Sequence[str],
    options: InputOptions,
    limit: int | None,
    measured: Callable[[Shape, Kind], None] | None = None,
) -> Entered:
    """Read the one INPUT and make it ready; `measured` may refuse it when only its header is read."""
    from cnnviz.files.read import read_input

    loaded = read_input(only_one(inputs), layout=options.layout, limit=limit, measured=measured)
    maps, notes = prepare(loaded, options, limit)
    return Entered(maps, loaded.kind == "picture", [*loaded.notes, *notes])


def prepare(loaded: Loaded, options: InputOptions, limit: int | None) -> tuple[FeatureMaps, list[str]]:
    """Crop, resize and turn grey, in this order; return the maps and a note for each thing done."""
    from cnnviz.files import images
    from cnnviz.files.memory import require

    maps, notes = loaded.maps, []
    if options.crop:
        maps = _cropped(maps, *values.crop(options.crop, "--crop"))
        notes.append(f"cropped to {times(maps.shape)}")
    if options.resize:
        wanted = values.resize(options.resize, "--resize")
        _pictures_only(loaded, "--resize", "the values of maps would no longer be theirs")
        size = images.longer_side(maps.shape[1:], wanted) if isinstance(wanted, int) else wanted
        cells = maps.values.size + (maps.shape[0] + RESIZED_AT_ONCE) * size[0] * size[1]
        require(BYTES * cells, limit, f"resizing to {size[0]}×{size[1]}")
        maps = _with(maps, images.resize(maps.values, size), maps.labels)
        notes.append(f"resized to {times(maps.shape)}")
    if options.gray:
        _pictures_only(loaded, "--gray", "maps have no colours")
        if maps.shape[0] == 3:
            maps = _with(maps, images.gray(maps.values), ["grey"])
    return maps, notes


def _pictures_only(loaded: Loaded, option: str, why: str) -> None:
    if loaded.kind != "picture":
        raise UsageError(f"{option} is for pictures: {why}")


def _with(maps: FeatureMaps, array: NDArray[np.float32], labels: Sequence[str]) -> FeatureMaps:
    from cnnviz.core.feature_maps import FeatureMaps

    return FeatureMaps(array, labels, history=maps.history, pictures=all(maps.pictures), source=maps.source)


def _cropped(maps: FeatureMaps, row: int, column: int, height: int, width: int) -> FeatureMaps:
    import numpy as np

    from cnnviz.core.feature_maps import FeatureMaps

    _, rows, columns = maps.shape
    if row + height > rows or column + width > columns:
        raise UsageError(
            f"--crop {row},{column},{height}x{width} reaches beyond the input of {rows}×{columns}: "
            f"rows are 0 to {rows - 1}, columns 0 to {columns - 1}"
        )
    part = np.ascontiguousarray(maps.values[:, row : row + height, column : column + width])
    return FeatureMaps(part, maps.labels, history=maps.history, pictures=maps.pictures, source=maps.source)
