"""`cnnviz animate`: the window slides over the input and the output fills cell by cell, as GIF or WebP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

from cnnviz.cli import outputs, values
from cnnviz.cli.grouping import grouped, option
from cnnviz.cli.inputs import enter, input_source
from cnnviz.cli.legible import Legible, a, legible
from cnnviz.cli.options import AlsoPoolOptions, ConvOptions, Force, InputOptions, Inputs, Json, Quiet
from cnnviz.cli.progress import Progress
from cnnviz.cli.run import about
from cnnviz.cli.traced import Asked, Traced
from cnnviz.core.explain import never_read
from cnnviz.core.wording import once, plural, times
from cnnviz.errors import UsageError, printable

if TYPE_CHECKING:
    from PIL.Image import Image

    from cnnviz.draw.animation import Animation
    from cnnviz.draw.moving import Moving
    from cnnviz.files.provenance import Record
    from cnnviz.files.source import Source
    from cnnviz.files.write import Target

EXAMPLES = (
    "cnnviz animate drawing.csv --kernel sobel-x --pad 1",
    "cnnviz animate photo.png --kernel gaussian --stride 2 -o slide.webp",
    "cnnviz animate photo.png --gray --pool max -o pool.gif",
)
ENDINGS = (".gif", ".webp")
MOST_MAPS = 3  # beside each other
PALETTE_FRAMES = 12  # that are looked at for the colours of a GIF
NARROWEST, WIDEST = 480, 3840
FRAME_BYTES = 48  # of a pixel, while a frame is drawn and encoded
FASTEST = 50.0  # a GIF counts in hundredths of a second, and viewers slow down what is faster
SLOWEST = 0.002  # it counts up to 65 535 of them

POOLINGS = {"avg": "Average", "lp": "Norm"}

_MOTION = "Animation"


@grouped
def command(
    inputs: Inputs,
    conv: ConvOptions,
    pool: AlsoPoolOptions,
    input_options: InputOptions,
    map_: Annotated[
        int | None, option("--map", metavar="N", panel=_MOTION, help="Only this output map. (default: the first three)")
    ] = None,
    fps: Annotated[
        float | None, option("--fps", metavar="X", panel=_MOTION, help="Frames in a second. (default: 24 s for all)")
    ] = None,
    frames: Annotated[
        int | None, option("--frames", metavar="N", panel=_MOTION, help="At most so many frames. (default: 300)")
    ] = None,
    figure_size: Annotated[
        int | None,
        option(
            "--figure-size",
            metavar="PX",
            panel=_MOTION,
            help="Width of the figure; a wider one shows more cells. (default: 800)",
        ),
    ] = None,
    output: Annotated[
        str | None,
        option(
            "--output", "-o", metavar="X.gif|.webp", panel="Output", help="Name the animation; - is a GIF on stdout."
        ),
    ] = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """See COMMANDS.

    A large picture is reduced, a large map cropped, until its cells can be read; the figure says so.
    """
    report = outputs.figure_report(output, json=json, quiet=quiet, noun="animation")
    width = _width(figure_size)
    _check_speed(fps, frames)
    limit = values.memory(input_options.max_memory)
    asked = Asked.of("animate", conv, pool, limit)
    source = input_source(inputs, limit)
    target = outputs.figure(
        output, "the animation", source, force=force, unasked=f"{source.stem}.animate.gif", endings=ENDINGS,
        inputs=asked.files,
    )  # fmt: skip
    assert target

    with Progress(2, shown=not quiet) as progress:
        progress.step(f"reading {source.name}")
        before, picture, notes = enter(inputs, input_options, limit)
        for note in (*notes, *asked.notes):
            report.note(note)
        progress.step("computing")
        with about(source.name):
            found = legible(
                before,
                picture=picture,
                width=width,
                run=lambda maps: asked.run(maps, picture, limit),
                cell=lambda traced, wide: _cell(_moving(traced, map_), wide),
            )
    moving = _moving(found.traced, map_)
    if found.crop:
        report.note(f"{source.name} is too large to be read as a whole: {found.words()} is shown")
    if map_ is None and len(moving.maps) < len(found.traced.after):
        shown = f"the first {len(moving.maps)} of {len(found.traced.after)} maps are shown"
        report.note(f"{shown}: choose another with --map N")

    from cnnviz.draw.animation import Animation

    title, subtitle = _words(moving, found, Path(source.name).name)
    animation = Animation(moving, title=title, subtitle=subtitle, width=width, frames=frames)
    film = target.path is not None and target.path.suffix.lower() == ".webp"
    _require(animation, film, limit)
    with Progress(len(animation) + 1, shown=not quiet) as progress:
        _save(animation, target, _record(source, moving), fps, progress)

    crop = _crop(found, input_options)
    if json:
        report.json(
            {
                "version": 1,
                "command": "animate",
                "input": {"path": inputs[0], "shape": list(before.shape)},
                "layers": [layer.to_json() for layer in found.traced.after.history],
                "frames": len(animation),
                "cells": animation.cells,
                "crop": list(crop) if crop else None,
                "scale": found.scale,
                "files": {"animation": str(target.path)},
            }
        )
        return
    report.print(f"{printable(source.name)}: {found.traced.details()}")
    if found.crop:
        report.print(f"shown: {found.words()}")
    count = f"{plural(len(animation), 'frame')} for {plural(animation.cells, 'output cell')}"
    seconds = sum(animation.durations(fps)) / 1000
    report.print(f"{count}, {seconds:.1f} seconds", f"animation: {target.path or 'standard output'}")


def _require(animation: Animation, film: bool, limit: int | None) -> None:
    """Raise MemoryLimitError where a frame would be too large."""
    from cnnviz.files.memory import require

    pixels = round(animation.width * animation.height) * (4 if film else 1)
    require(FRAME_BYTES * pixels, limit, f"an animation of {round(animation.width)}×{round(animation.height)} px")


def _width(figure_size: int | None) -> float:
    if figure_size is None:
        return 800.0
    if not NARROWEST <= figure_size <= WIDEST:
        raise UsageError(f"--figure-size must be {NARROWEST} to {WIDEST} px, not {figure_size}")
    return float(figure_size)


def _check_speed(fps: float | None, frames: int | None) -> None:
    if values.positive(fps, "--fps") is not None and fps is not None:
        if fps > FASTEST:
            raise UsageError(f"--fps must be at most {FASTEST:g}, not {fps:g}: viewers slow down what is faster")
        if fps < SLOWEST:
            raise UsageError(f"--fps must be at least {SLOWEST:g}, not {fps:g}: no frame can stand for longer")
    if frames is not None and frames < 1:
        raise UsageError(f"--frames must be at least 1, not {frames}")


def _moving(traced: Traced, map_: int | None) -> Moving:
    from cnnviz.draw.moving import Moving

    count = len(traced.after)
    if map_ is not None and not 0 <= map_ < count:
        raise UsageError(f"--map: there is no map {map_}: maps are 0 to {count - 1}")
    maps = [map_] if map_ is not None else range(min(count, MOST_MAPS))
    name = traced.kernel_name(traced.after.labels[maps[0]])
    return Moving(traced.layer, traced.record, traced.given, traced.after, traced.activation, tuple(maps), name)


def _cell(moving: Moving, width: float) -> float:
    from cnnviz.draw.moving import Sizes

    return Sizes.of(moving, width).cell


def _words(moving: Moving, found: Legible, name: str) -> tuple[str, str]:
    """Return title and subtitle."""
    record = moving.record
    assert record.kernel_size and record.stride and record.dilation
    size = times(record.kernel_size)
    holes = "" if record.dilation == (1, 1) else f" with dilation {once(record.dilation)}"
    over = name if found.crop else f"{a(times(record.input_shape[1:]))} input"
    if moving.pooling:
        mode = record.mode or ""
        title = f"{POOLINGS.get(mode, mode.capitalize())} pooling: {a(size)} window{holes} slides over {over}"
    elif len(moving.channels) > 1 or len(moving.maps) > 1:
        channels = len(moving.channels) + moving.hidden
        title = f"{plural(channels, 'channel')} in, {plural(len(moving.maps), 'map')} out"
    else:
        title = f"{a(size).capitalize()} kernel{holes} slides over {over}"
    pad = record.pad or (0, 0, 0, 0)
    parts = [f"pad {pad[0] if len(set(pad)) == 1 else once(pad)}"] if any(pad) else []
    if record.pad_mode not in (None, "constant") and any(pad):
        parts[0] += f" {record.pad_mode}"
    parts.append(f"stride {once(record.stride)}")
    if holes and "dilation" not in title:
        parts.append(f"dilation {once(record.dilation)}")
    if moving.activation != "none":
        parts.append(moving.activation)
    sizes = f"{', '.join(parts)} → {times(record.output_shape[1:])} output"
    unread = "pale cells are never read" if never_read(record) else ""
    return title, "; ".join(filter(None, [found.words(), sizes, unread]))


def _record(source: Source, moving: Moving) -> Record:
    from cnnviz.files.provenance import Record

    shapes = [moving.record.input_shape, moving.record.output_shape]
    return Record(command="animate", source=source.name, source_id=source.id, shapes=shapes)


def _save(animation: Animation, target: Target, record: Record, fps: float | None, progress: Progress) -> None:
    """Write the animation in the format of its name."""
    from cnnviz.files.write import write

    durations = animation.durations(fps)

    def told(frames: Iterator[Image]) -> Iterator[Image]:
        for i, frame in enumerate(frames):
            progress.step(f"frame {i + 1} of {len(animation)}")
            yield frame

    def webp(file: BinaryIO) -> None:
        from cnnviz.draw.webp import write as encode

        encode(file, told(animation.frames(2)), durations, record.to_text(), animation.description)

    def gif(file: BinaryIO) -> None:
        from cnnviz.draw import gif

        progress.step("choosing colours")
        some = {round(i * (len(animation) - 1) / (PALETTE_FRAMES - 1)) for i in range(PALETTE_FRAMES)}
        palette = gif.Palette(animation.frames(1, sorted(some)))
        gif.write(file, told(animation.frames(1)), durations, palette, [record.to_text(), animation.description])

    write(target, webp if target.path and target.path.suffix.lower() == ".webp" else gif)


def _crop(found: Legible, options: InputOptions) -> tuple[int, int, int, int] | None:
    """Return what is shown of the input, in its own cells: the crop that was asked for, and the one in it."""
    asked = values.crop(options.crop, "--crop") if options.crop else None
    if asked is None or options.resize:
        return found.crop
    if found.crop is None:
        return asked
    return asked[0] + found.crop[0], asked[1] + found.crop[1], *found.crop[2:]
