"""Which files a run writes, and what they are called: the one place that knows `photo.png` gives `photo.conv.png`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from cnnviz.errors import UsageError, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.cli.options import OutputOptions
    from cnnviz.cli.picture import Drawn
    from cnnviz.cli.report import Report
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.draw.scene import Scene
    from cnnviz.files.provenance import Record
    from cnnviz.files.source import Source
    from cnnviz.files.write import Target

STDOUT = "-"
PICTURE_ENDINGS = (".png",)
FIGURE_ENDINGS = (".png", ".svg")
MAPS_ENDINGS = (".npz", ".npy", ".csv")
LARGEST_UNASKED = 256 * 1024**2  # bytes of maps that are saved without --save


class Outputs(NamedTuple):
    """Where the picture and the maps of a run go; None is not written."""

    source: Source
    picture: Target | None
    maps: Target | None

    @property
    def on_stdout(self) -> bool:
        """Whether standard output carries one of them, so that the table has to go elsewhere."""
        return any(target and target.path is None for target in (self.picture, self.maps))

    def check(self, kernels: Sequence[Path], *, force: bool) -> None:
        """Raise WriteError before any work where one of them could not be written, or must not be.

        `kernels` are files that are read beside the source.
        """
        from cnnviz.files.write import check

        check([target for target in (self.maps, self.picture) if target], self.source, inputs=kernels, force=force)

    def save(self, maps: FeatureMaps, drawn: Drawn | None, command: str) -> None:
        """Write the maps, then the picture where one was drawn.

        The picture is encoded first of all: should memory run out there, nothing is written.
        """
        from cnnviz.files.write import write

        encoded = self._encode_picture(drawn, command, maps) if self.picture and drawn else None
        if self.maps:
            self._save_maps(maps)
        if self.picture and encoded:
            write(self.picture, lambda file: _write_all(file, encoded))

    def _save_maps(self, maps: FeatureMaps) -> None:
        """Write the maps, with where they came from."""
        from cnnviz.files.maps import encoder
        from cnnviz.files.write import write

        assert self.maps
        encode = encoder(str(self.maps.path or "maps.npz"))
        write(self.maps, lambda file: encode(maps, file, self.source.id))

    def _encode_picture(self, drawn: Drawn, command: str, maps: FeatureMaps) -> memoryview:
        """Return the picture as a PNG, with what it shows and how it was made in its text chunks."""
        from cnnviz.draw.encode import encode
        from cnnviz.files.provenance import Record

        record = Record(
            command=command,
            source=self.source.name,
            source_id=self.source.id,
            maps=self.maps.path.name if self.maps and self.maps.path else None,
            shapes=[maps.history[0].input_shape, *(layer.output_shape for layer in maps.history)],
            ranges=drawn.grid.ranges,
        )
        file = io.BytesIO()
        encode(drawn.image, file, png_texts(drawn.grid.scene.description, record))
        return file.getbuffer()


def plan(source: Source, command: str, options: OutputOptions) -> Outputs:
    """Decide what is written; raises UsageError where the options contradict each other."""
    output, save = options.output, options.save
    for wanted, refused, name in ((output, options.no_grid, "-o"), (save, options.no_save, "--save")):
        if wanted is not None and refused:
            raise UsageError(
                f"{name} {wanted} contradicts {'--no-grid' if name == '-o' else '--no-save'}: leave one out"
            )
    if output == STDOUT == save:
        raise UsageError("-o - and --save - cannot both write to standard output: name a file for one of them")
    on_stdout = STDOUT in (output, save)
    if on_stdout and options.json:
        raise UsageError("--json and '-' cannot both write to standard output: name a file for the picture or the maps")
    stem = f"{source.stem}.{command}"
    # Where standard output carries one of them, no other file is written unless it is named.
    picture = maps = None
    if output is not None:
        picture = named(output, "-o", PICTURE_ENDINGS, "the grid")
    elif not options.no_grid and not on_stdout:
        picture = _made_up(Path(f"{stem}.png"), "the grid")
    if save is not None:
        maps = named(save, "--save", MAPS_ENDINGS, "the maps")
    elif not options.no_save and not on_stdout:
        maps = _made_up(Path(output).with_suffix(".npz") if output else Path(f"{stem}.npz"), "the maps")
    return Outputs(source, picture, maps)


def figure_report(output: str | None, *, json: bool, quiet: bool, noun: str) -> Report:
    """Return where a command that draws a figure prints; raises UsageError where JSON and figure would collide."""
    from cnnviz.cli.report import Report

    if json and output == STDOUT:
        raise UsageError(f"--json and -o - cannot both write to standard output: name a file for the {noun}")
    return Report(quiet=quiet, results_on_stderr=output == STDOUT)


def figure(
    output: str | None,
    what: str,
    source: Source | None,
    *,
    force: bool,
    unasked: str | None = None,
    endings: tuple[str, ...] = FIGURE_ENDINGS,
    inputs: Sequence[Path] = (),
) -> Target | None:
    """Return where -o puts a figure that is not a grid, checked before any work.

    Without -o it is `unasked`, a made-up name, or None where there is none. `inputs` are files that are read beside
    the source.
    """
    if output is None and unasked is None:
        return None
    from cnnviz.files.write import check

    target = named(output, "-o", endings, what) if output is not None else _made_up(Path(unasked or ""), what)
    check([target], source, inputs=inputs, force=force)
    return target


def save_figure(figure: Scene, target: Target, record: Record) -> None:
    """Write a figure as PNG or SVG, by the ending of its name (PNG on standard output), with how it was made."""
    from cnnviz.files.write import write

    if target.path and target.path.suffix.lower() == ".svg":
        from cnnviz.draw.svg import render as markup

        text = markup(figure, metadata=record.to_text())
        write(target, lambda file: _write_all(file, text.encode("utf-8")))
        return

    from cnnviz.draw.encode import encode
    from cnnviz.draw.png import render

    image, texts = render(figure), png_texts(figure.description, record)
    write(target, lambda file: encode(image, file, texts))


def png_texts(description: str, record: Record) -> dict[str, str]:
    """Return the text chunks that every PNG of ours carries."""
    from cnnviz.files.provenance import KEYWORD

    return {"Software": "cnnviz", "Description": description, KEYWORD: record.to_text()}


def _write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    file.write(data)


def named(name: str, option: str, endings: tuple[str, ...], what: str) -> Target:
    """Return the target that an option names; raises UsageError where its ending does not fit."""
    from cnnviz.files.write import Target

    if name == STDOUT:
        return Target(None, what=what)
    if Path(name).name.lower() in endings:
        raise UsageError(f"{option} {printable(name)}: give the file a name before {Path(name).name}")
    if Path(name).suffix.lower() not in endings:
        raise UsageError(f"{option} {printable(name)}: {what} must end in {' or '.join(endings)}")
    return Target(Path(name), endings=endings, what=what)


def _made_up(path: Path, what: str) -> Target:
    from cnnviz.files.write import Target

    return Target(path, made_up=True, what=what)
